#pragma once

/// Forward declarations of the values and interfaces of libeventcore.

namespace eventcore {

class any_command;
class event_store;
class execution;
class failure;
class stream_id;

struct log_head;
struct metadata;
struct recorded_event;
struct stream_head;
struct write_set;

} // namespace eventcore
