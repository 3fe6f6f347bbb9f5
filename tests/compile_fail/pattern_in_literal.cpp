// expect: a_stream_name_must_be_utf8_without_spaces_at_its_ends_controls_and_pattern_characters
#include "domain.hpp"

auto name() -> ec::stream<account> { return ec::stream<account>{"al*ce"}; }
