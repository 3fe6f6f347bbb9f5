#pragma once

#include "conditions.hpp"
#include "query.hpp"

#include "eventcore/maintenance.hpp"

namespace eventcore::sqlite {

/// The conditions on the streams `s` that a selection fits, `limit` aside, with the range of ids that
/// they can lie in: so that a list goes through an index from where it begins to where it must end.
auto conditions_of(const stream_query& wanted, std::size_t taken) -> conditions;

/// Binds the texts of conditions to a query that was prepared with them.
void bind_texts(query& to, const conditions& wanted, int taken);

} // namespace eventcore::sqlite
