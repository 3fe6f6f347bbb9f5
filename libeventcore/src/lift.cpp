#include "eventcore/detail/json_document.hpp"
#include "eventcore/detail/take_event.hpp"
#include "eventcore/maintenance.hpp"
#include "eventcore/upcasting.hpp"

#include <exception>
#include <utility>

#include <fmt/format.h>

namespace eventcore::detail {

namespace {

template <class... Args>
auto cannot_read(fmt::format_string<Args...> text, Args&&... args) -> std::unexpected<failure> {
  return fail(errc::codec_failed, fmt::format(text, std::forward<Args>(args)...));
}

auto name_of(encoding written) -> std::string_view {
  return written == encoding::json ? "json" : "bytes";
}

auto newer_version(const kind_history& history, std::string_view type, std::uint32_t version,
                   std::uint32_t known) -> std::unexpected<failure> {
  return cannot_read("event '{}' of the kind '{}' is stored in version {}, this program knows "
                     "versions up to {}: a newer version of the program wrote it; update this one",
                     type, history.kind, version, known);
}

auto missing_step(const kind_history& history, std::string_view type, std::uint32_t version,
                  std::uint32_t known) -> std::unexpected<failure> {
  return cannot_read("event '{0}' is stored in version {1}, this program knows version {2}, and no "
                     "upcaster takes version {1} further: add ec::upcaster::step(\"{0}\", {1}, "
                     "...) to the upcasters of the kind '{3}'",
                     type, version, known, history.kind);
}

constexpr std::size_t spare_members = 16;

/// One stored event on its way to the present.
class lifting {
public:
  explicit lifting(const kind_history& history) : history_{history} {}

  auto take(std::string_view type, std::uint32_t version, boost::json::object payload) -> result<>;

  auto done() -> std::vector<current_event>& { return done_; }

private:
  auto keep(const event_type& type, const boost::json::object& payload) -> result<>;
  auto split(const upcaster& by, std::string_view type, boost::json::object payload) -> result<>;

  const kind_history& history_;
  std::vector<current_event> done_;
  unsigned depth_ = 0; // of splits within splits
};

// Runs the user's code.
template <class Function>
auto call(std::string_view type, std::uint32_t version, Function function) -> result<> {
  const auto threw = [&](std::string_view what) {
    return cannot_read("the upcaster of event '{}' version {} threw: {}", type, version, what);
  };
  try {
    function();
    return {};
  } catch (const std::exception& thrown) {
    return threw(thrown.what());
  } catch (...) {
    return threw("something that is no std::exception");
  }
}

auto lifting::take(std::string_view type, std::uint32_t version, boost::json::object payload)
  -> result<> {
  const auto* known = history_.find(type);
  for (; !known || version != known->type->version; ++version) {
    const auto* by = history_.find(type, version);
    if (!by && !known)
      return cannot_read(
        "an upcaster of the kind '{}' gave an event '{}' version {}, which the kind "
        "does not list and no upcaster takes",
        history_.kind, type, version);
    if (!by)
      return version > known->type->version
               ? newer_version(history_, type, version, known->type->version)
               : missing_step(history_, type, version, known->type->version);
    if (by->does == upcast::drop)
      return {};
    if (by->does == upcast::split)
      return split(*by, type, std::move(payload));
    // `payload["b"] = payload.at("a")` reads "a" where it was before "b" was added: let it be there.
    payload.reserve(payload.size() + spare_members);
    if (auto stepped = call(type, version, [&] { by->stepping(payload); }); !stepped)
      return stepped;
  }
  return keep(*known->type, payload);
}

auto lifting::split(const upcaster& by, std::string_view type, boost::json::object payload)
  -> result<> {
  constexpr unsigned most = 32;
  if (depth_ == most)
    return cannot_read("the upcaster of event '{}' version {} splits what it gave before, without "
                       "end",
                       type, by.version);
  std::vector<lifted> parts;
  if (auto called = call(type, by.version, [&] { parts = by.splitting(std::move(payload)); });
      !called)
    return called;
  ++depth_;
  for (auto& part : parts)
    if (auto taken = take(part.type, part.version, std::move(part.payload)); !taken)
      return taken;
  --depth_;
  return {};
}

auto lifting::keep(const event_type& type, const boost::json::object& payload) -> result<> {
  current_event event{.type = &type};
  if (const auto written = write_document(payload, event.payload); !written)
    return cannot_read("the upcasters of event '{}' gave what JSON cannot hold: {}", type.name,
                       written.error().detail);
  done_.push_back(std::move(event));
  return {};
}

// Of one without an upcaster, in a form that this program does not write.
auto not_understood(const kind_history& history, const recorded_event& stored)
  -> std::unexpected<failure> {
  const auto* known = history.find(stored.type);
  if (!known)
    return std::unexpected{unknown_event(history.kind, stored)};
  const auto& type = *known->type;
  if (stored.type_version > type.version)
    return newer_version(history, stored.type, stored.type_version, type.version);
  if (stored.encoding != type.encoding)
    return cannot_read(
      "event '{}' is stored in version {} as {}, this program knows version {} as {}", stored.type,
      stored.type_version, name_of(stored.encoding), type.version, name_of(type.encoding));
  return missing_step(history, stored.type, stored.type_version, type.version);
}

} // namespace

auto unknown_event(std::string_view kind, const recorded_event& event) -> failure {
  return {
    errc::codec_failed,
    fmt::format("the kind '{}' of this program lists no event '{}': a newer version of the "
                "program wrote it; update this one. If the event got another name, add the "
                "old one to its aliases; if it is no longer used, add ec::upcaster::drop(\"{}\") "
                "to the upcasters of the kind",
                kind, event.type, event.type)};
}

auto lift(const kind_history& history, const recorded_event& stored)
  -> result<std::vector<current_event>> {
  if (stored.type == closed_event)
    return {};
  if (stored.encoding == encoding::archived)
    return fail(
      errc::archived,
      fmt::format("its payload was moved to the archive {}; bring it back with `eventcore "
                  "restore {}`",
                  stored.payload, stored.payload));
  const auto* by = history.find(stored.type, stored.type_version);
  if (!by)
    return not_understood(history, stored);
  if (by->does == upcast::drop)
    return {};
  if (stored.encoding != encoding::json)
    return cannot_read("event '{}' is stored in version {} as bytes, and upcasters work on JSON",
                       stored.type, stored.type_version);
  auto document = read_document(stored.payload);
  if (!document)
    return std::unexpected{std::move(document.error())};
  lifting run{history};
  if (auto taken = run.take(stored.type, stored.type_version, *std::move(document)); !taken)
    return std::unexpected{std::move(taken.error())};
  return std::move(run.done());
}

auto as_recorded(const current_event& event, const recorded_event& stored) -> recorded_event {
  auto recorded = stored;
  recorded.type = event.type->name;
  recorded.type_version = event.type->version;
  recorded.encoding = event.type->encoding;
  recorded.payload = event.payload;
  return recorded;
}

} // namespace eventcore::detail

void eventcore::rename_member(boost::json::object& payload, std::string_view from,
                              std::string_view to) {
  const boost::json::string_view old_name{from.data(), from.size()};
  auto value = std::move(payload.at(old_name));
  payload.stable_erase(old_name);
  payload[boost::json::string_view{to.data(), to.size()}] = std::move(value);
}
