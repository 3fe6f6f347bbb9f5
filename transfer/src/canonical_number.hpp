#pragma once

#include <string>
#include <string_view>

namespace eventcore::transfer {

/// Appends a JSON number, whose syntax is known to be right, in its canonical form: equal for equal
/// values however they were written. No fraction of zeros, no `+`, no `-0`; plain digits for values
/// in [1e-6, 1e21), one digit before the point and `e` otherwise. No digit is lost. False when the
/// exponent has more digits than any store takes.
auto append_canonical_number(std::string_view number, std::string& out) -> bool;

} // namespace eventcore::transfer
