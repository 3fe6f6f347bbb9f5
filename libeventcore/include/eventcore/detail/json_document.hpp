#pragma once

#include "eventcore/failure.hpp"

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

// JSON as a document that upcasters change. Boost.JSON's own reader may give the double beside the
// one that was written, and its writer another text than ours.
namespace eventcore::detail {

/// Reads an object. Integers are kept in 64 bits, all other numbers as doubles. Fails with
/// `codec_failed`, also when a member is there twice.
auto read_document(std::string_view text) -> result<boost::json::object>;

/// Appends a document as compact JSON. Fails with `codec_failed` when it holds what JSON cannot.
auto write_document(const boost::json::object& document, std::string& out) -> result<>;

/// Whether both hold the same members with the same values, in whatever order.
auto same_document(const boost::json::object& one, const boost::json::object& other) -> bool;

} // namespace eventcore::detail
