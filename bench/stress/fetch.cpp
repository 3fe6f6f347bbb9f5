#include "stress/fetch.hpp"

#include "stress/postgres_url.hpp"

#include <string_view>
#include <utility>
#include <vector>

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

namespace bench {

namespace {

constexpr std::size_t together = 1000; // rows of one fetch, and events of a store's page

constexpr std::string_view stream_sql =
  "SELECT e.position, e.version, e.commit_id, e.event_id, e.type, e.type_version, e.recorded_at, "
  "e.payload, e.metadata, e.type FROM events e WHERE e.stream = :stream "
  "ORDER BY e.version LIMIT 1000";
constexpr std::string_view log_sql =
  "SELECT e.position, e.version, e.commit_id, e.event_id, e.type, e.type_version, e.recorded_at, "
  "e.payload, e.metadata, s.id FROM events e JOIN streams s ON s.key = e.stream "
  "WHERE e.position > :after ORDER BY e.position LIMIT 1000";

/// The columns of a page, where SOCI puts them.
struct page {
  std::vector<long long> position, version, type_version;
  std::vector<std::string> commit, event, type, recorded_at, payload, metadata, stream;
  std::vector<soci::indicator> has_metadata;

  void make_room() {
    for (auto* const numbers : {&position, &version, &type_version})
      numbers->resize(together);
    for (auto* const texts : {&commit, &event, &type, &recorded_at, &payload, &metadata, &stream})
      texts->resize(together);
    has_metadata.resize(together);
  }
};

} // namespace

class bare_fetch::statements {
public:
  explicit statements(const soci::backend_factory& backend, const std::string& where)
      : sql_{backend, where} {}

  auto sql() -> soci::session& { return sql_; }

  void prepare() {
    page_.make_room();
    stream_ = std::make_unique<soci::statement>(prepared(stream_sql, key_, "stream"));
    log_ = std::make_unique<soci::statement>(prepared(log_sql, after_, "after"));
  }

  void choose(const std::string& id) {
    sql_ << "SELECT key FROM streams WHERE id = :id", soci::use(id), soci::into(key_);
  }

  auto stream() -> std::size_t { return fetch(*stream_); }

  /// Page by page, each after the last one.
  auto log() -> std::size_t {
    std::size_t rows = 0;
    after_ = 0;
    for (auto found = together; found == together; rows += found) {
      found = fetch(*log_);
      if (found > 0)
        after_ = page_.position.back();
    }
    return rows;
  }

private:
  auto prepared(std::string_view text, long long& in, const char* name) -> soci::statement {
    using soci::into;
    return soci::statement{(sql_.prepare << text, into(page_.position), into(page_.version),
                            into(page_.commit), into(page_.event), into(page_.type),
                            into(page_.type_version), into(page_.recorded_at), into(page_.payload),
                            into(page_.metadata, page_.has_metadata), into(page_.stream),
                            soci::use(in, name))};
  }

  auto fetch(soci::statement& from) -> std::size_t {
    page_.make_room();
    return from.execute(true) ? page_.position.size() : 0;
  }

  soci::session sql_;
  page page_;
  long long key_ = 0;
  long long after_ = 0;
  std::unique_ptr<soci::statement> stream_;
  std::unique_ptr<soci::statement> log_;
};

bare_fetch::bare_fetch(std::unique_ptr<statements> made) : made_{std::move(made)} {
  made_->prepare();
}

bare_fetch::bare_fetch(bare_fetch&&) noexcept = default;
bare_fetch::~bare_fetch() = default;

auto bare_fetch::from_sqlite(const std::string& file) -> bare_fetch {
  return bare_fetch{std::make_unique<statements>(soci::sqlite3, "db=" + file)};
}

auto bare_fetch::from_postgres(const std::string& url, const std::string& schema) -> bare_fetch {
  auto made = std::make_unique<statements>(soci::postgresql, conninfo_of(url));
  std::string found;
  made->sql() << "SELECT set_config('search_path', quote_ident(:schema), false)", soci::use(schema),
    soci::into(found);
  return bare_fetch{std::move(made)};
}

void bare_fetch::choose(const eventcore::stream_id& id) { made_->choose(id.text()); }
auto bare_fetch::stream() -> std::size_t { return made_->stream(); }
auto bare_fetch::log() -> std::size_t { return made_->log(); }

} // namespace bench
