// expect: a_stream_name_must_not_be_empty_or_longer_than_255_characters
#include "domain.hpp"

auto name() -> ec::stream<account> { return ec::stream<account>{""}; }
