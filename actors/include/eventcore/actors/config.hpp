#pragma once

#include "eventcore/actors/settings.hpp"
#include "eventcore/failure.hpp"

#include <iosfwd>
#include <string>
#include <utility>

#include <caf/actor_system_config.hpp>
#include <caf/config_value.hpp>
#include <caf/error.hpp>
#include <caf/settings.hpp>
#include <caf/string_view.hpp>

namespace eventcore {

/// Adds the options `eventcore.*`, for a configuration that does not derive from `system_config`:
/// `ec::add_options(custom_options_)` in its constructor. They are parsed and stored as all options
/// are, with one difference: they take any value, so that `read_settings` sees and refuses a wrong
/// one where CAF would have dropped it.
void add_options(caf::config_option_set& options);

/// The settings of the group `eventcore`, defaults where nothing was set. Fails with
/// `invalid_argument` when a value has the wrong type, the wrong unit or is out of its range, or
/// when the group holds a name that is no setting; says which, what was found and what is
/// expected. Settings of other groups are not looked at.
auto read_settings(const caf::actor_system_config& config) -> result<runtime_settings>;

/// What is wrong with a configuration, for people: the text that `system_config::parse` gives, or
/// what CAF says of an error of its own.
auto text_of(const caf::error& wrong) -> std::string;

/// A configuration of CAF with the options `eventcore.*`, to be used as it is or derived from:
///
///     struct bank_config : ec::system_config {
///       bank_config() { opt_group{custom_options_, "bank"}.add(name, "name", "of the bank"); }
///       std::string name = "home";
///     };
///     void caf_main(caf::actor_system& system, const bank_config& config);
///     CAF_MAIN()
///
/// The command line overrides the file, the file overrides `set`. The file is
/// `caf-application.conf` in the working directory, under CAF_MAIN too, unless the constructor of
/// a derived class assigns another name to `config_file_path`; it may be missing.
/// `--config-file=PATH` names one that must be there. Options stand before other arguments.
///
/// Stricter than CAF about files, for all registered options: a value of the wrong type is an error
/// that names its line, members bound to options are set from `group { }` as from `[group]`, and
/// CAF's own options are also found in `caf { }`, where later versions of CAF have them. Names in
/// other groups that no option has are kept, as CAF does. `--help` lists the options `eventcore.*`
/// with their defaults. Errors of the category `eventcore` are rendered with their text.
///
/// Two of CAF's own options have another default, because the log writer and the readers have threads
/// of their own: `scheduler.max-threads` is the number of cores less one, at least 1, and
/// `scheduler.policy` is `sharing` on up to 4 cores.
class system_config : public caf::actor_system_config {
public:
  system_config();

  /// Parses the command line and the file. Besides what CAF itself refuses, fails with
  /// `sec::invalid_argument` and a text when the file cannot be read or understood, or when
  /// `read_settings` would fail. `file` is the name to use instead of `config_file_path`; the name
  /// that CAF_MAIN gives, `caf-application.ini`, counts as none.
  auto parse(string_list arguments, const char* file = nullptr) -> caf::error;
  auto parse(int argc, char** argv, const char* file = nullptr) -> caf::error;

  /// The same with the file's content.
  auto parse(string_list arguments, std::istream& file) -> caf::error;
  auto parse(int argc, char** argv, std::istream& file) -> caf::error;

  /// The program's own value of a setting: `set("eventcore.store", "sqlite:bank.db")`,
  /// `set("eventcore.commands.deadline", caf::timespan{10s})`. CAF's `set` does not find the options
  /// of dotted groups such as `eventcore.commands`. `parse` checks it.
  template <class T>
  auto set(caf::string_view name, T&& value) -> system_config& {
    set_value(name, caf::config_value{std::forward<T>(value)});
    return *this;
  }

  /// All settings in effect, for `--dump-config`.
  auto dump_content() const -> caf::settings override;

private:
  void set_value(caf::string_view name, caf::config_value value);
};

} // namespace eventcore
