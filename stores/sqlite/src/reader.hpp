#pragma once

#include "heads.hpp"
#include "query.hpp"

#include "eventcore/event_store.hpp"

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace eventcore::sqlite {

class page_builder;

/// A connection that reads. Every call sees one snapshot and holds none when it returns.
/// For one thread at a time. Throws.
class reader {
public:
  explicit reader(const connection_options& options);

  auto read(std::span<const read_stream> queries) -> std::vector<stream_page>;
  auto read(const read_log& query) -> log_page;
  auto head() -> log_head { return read_log_head(head_query_); }

  auto load_checkpoint(std::string_view name) -> result<std::optional<checkpoint>>;
  auto load_snapshot(const stream_id& stream, std::string_view view) -> std::optional<snapshot>;

  /// Lets `work` read with the connection, in a transaction.
  auto inspect(const transaction_work& work) -> result<>;

  /// False when statements of users may have left something: it is not to be used again.
  auto is_clean() const -> bool { return clean_; }

  auto on() -> connection& { return on_; }

private:
  auto page_of(const read_stream& query) -> stream_page;
  auto log_query_of(const std::string& sql) -> query&;

  connection on_;
  query stream_query_;
  query forwards_query_;
  query backwards_query_;
  query head_query_;
  query checkpoint_query_;
  query snapshot_query_;
  query archive_query_;
  std::map<std::string, query> log_queries_; // by their SQL
  bool clean_ = true;
};

} // namespace eventcore::sqlite
