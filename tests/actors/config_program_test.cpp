#include "config_support.hpp"

#include <eventcore/actors/runtime.hpp>

#include <algorithm>
#include <iostream>
#include <set>
#include <thread>

#include <caf/actor_system.hpp>
#include <caf/exec_main.hpp>

namespace ec = eventcore;
using namespace std::chrono_literals;

// How a program meets its configuration: which file, CAF_MAIN, --help, and options of its own.

namespace {

std::size_t readers_of_main;

void caf_main(caf::actor_system&, const bank_config& config) {
  readers_of_main = ec::unwrap(ec::read_settings(config)).readers;
}

/// Runs a program as CAF_MAIN does. Gives what it returned.
auto run_main(arguments given) -> int {
  given.insert(given.begin(), "program");
  std::vector<char*> argv;
  for (auto& argument : given)
    argv.push_back(argument.data());
  readers_of_main = 0;
  return caf::exec_main<>(caf_main, static_cast<int>(argv.size()), argv.data());
}

/// What a program that is run as CAF_MAIN does writes to a stream. It must return `wanted`.
auto written(std::ostream& to, int wanted, arguments given) -> std::string {
  const std::ostringstream text;
  auto* const before = to.rdbuf(text.rdbuf());
  const auto returned = run_main(std::move(given));
  to.rdbuf(before);
  BOOST_TEST(returned == wanted);
  return text.str();
}

auto outcome_of(arguments given) -> std::string {
  bank_config config;
  return text_of(config.parse(std::move(given)));
}

/// The shipped file; what it recommends for CAF without the `;` before it.
auto shipped(bool with_recommended = false) -> std::string {
  std::ifstream in{EVENTCORE_SHIPPED_CONFIG};
  std::string text;
  for (std::string line; std::getline(in, line); text += line + "\n")
    if (with_recommended && line.size() > 1 && line[0] == ';' && line[1] != ' ')
      line.erase(0, 1);
  return text;
}

/// The full names of all values in a group.
void add_names(const caf::settings& group, const std::string& prefix, std::set<std::string>& to) {
  for (const auto& [key, value] : group)
    if (const auto* inner = caf::get_if<caf::config_value::dictionary>(&value))
      add_names(*inner, prefix + key + ".", to);
    else
      to.insert(prefix + key);
}

auto names_in(const caf::settings& all) -> std::set<std::string> {
  std::set<std::string> names;
  add_names(all, "", names);
  return names;
}

auto registered() -> std::set<std::string> {
  caf::config_option_set options;
  ec::add_options(options);
  std::set<std::string> names;
  for (const auto& option : options)
    names.emplace(option.full_name().begin(), option.full_name().end());
  return names;
}

/// What CAF itself reads from the shipped file.
auto shipped_as_caf_reads_it() -> caf::settings {
  auto read = caf::actor_system_config::parse_config_file(EVENTCORE_SHIPPED_CONFIG);
  BOOST_REQUIRE(read);
  return std::move(*read);
}

} // namespace

BOOST_AUTO_TEST_SUITE(shipped_config)

BOOST_AUTO_TEST_CASE(holds_exactly_the_options_that_are_registered) {
  const auto names = names_in(shipped_as_caf_reads_it());
  const auto options = registered();
  BOOST_TEST(names.size() == std::tuple_size_v<decltype(values({}))>);
  BOOST_CHECK_EQUAL_COLLECTIONS(names.begin(), names.end(), options.begin(), options.end());
}

BOOST_AUTO_TEST_CASE(holds_the_defaults) {
  const auto defaults = bank_config{}.dump_content();
  const auto read = shipped_as_caf_reads_it();
  for (const auto& name : registered()) {
    const auto* value = caf::get_if(&read, name);
    const auto* standard = caf::get_if(&defaults, name);
    BOOST_TEST_REQUIRE((value && standard), name);
    BOOST_TEST((value->get_data() == standard->get_data()), name);
  }
}

BOOST_AUTO_TEST_CASE(changes_nothing) {
  BOOST_TEST(same(settings_of(shipped()), {}));
  BOOST_TEST(same(settings_of<foreign_config>(shipped()), {}));
}

BOOST_AUTO_TEST_CASE(recommends_settings_that_caf_knows) {
  const auto config = parsed(shipped(true));
  const auto* policy = caf::get_if(&config.content, "scheduler.policy");
  BOOST_TEST_REQUIRE(policy);
  BOOST_TEST((caf::get<caf::atom_value>(*policy) == caf::atom("sharing")));
  BOOST_TEST(caf::get_or(config, "scheduler.max-throughput", 0U) == 100);
  BOOST_TEST(same(ec::unwrap(ec::read_settings(config)), {}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(config_in_a_program, working_directory)

BOOST_AUTO_TEST_CASE(caf_main_finds_the_file_by_its_name) {
  write("caf-application.conf", "eventcore { readers = 11 }\n");
  write("caf-application.ini", "eventcore { readers = 12 }\n");
  BOOST_TEST(run_main({}) == 0);
  BOOST_TEST(readers_of_main == 11);
  BOOST_TEST(run_main({"--eventcore.readers=13"}) == 0);
  BOOST_TEST(readers_of_main == 13);
}

BOOST_AUTO_TEST_CASE(caf_main_needs_no_file) {
  BOOST_TEST(run_main({}) == 0);
  BOOST_TEST(readers_of_main == 2);
}

BOOST_AUTO_TEST_CASE(caf_main_reports_a_wrong_setting_and_does_not_begin) {
  write("caf-application.conf", "eventcore {\n  readers = 0\n}\n");
  const auto errors = written(std::cerr, EXIT_FAILURE, {});
  BOOST_TEST(readers_of_main == 0);
  BOOST_TEST(
    errors.contains("caf-application.conf:2: eventcore.readers is 0; it must be at least 1"));
}

BOOST_AUTO_TEST_CASE(file_of_the_command_line_replaces_the_one_by_name) {
  write("caf-application.conf", "[eventcore]\nreaders = 11\ncoordinators = 3\n");
  write("other.conf", "[eventcore]\nreaders = 12\n");
  bank_config config;
  BOOST_TEST(text_of(config.parse({"--config-file=other.conf"})) == "ok");
  const auto settings = ec::unwrap(ec::read_settings(config));
  BOOST_TEST(settings.readers == 12);
  BOOST_TEST(settings.coordinators == 0);
}

BOOST_AUTO_TEST_CASE(file_of_the_command_line_must_be_there) {
  BOOST_TEST(outcome_of({"--config-file=missing.conf"})
             == "the configuration file missing.conf cannot be read: No such file or directory");
  std::filesystem::create_directory("folder");
  BOOST_TEST(outcome_of({"--config-file=folder"})
             == "the configuration file folder cannot be read: Is a directory");
  BOOST_TEST(outcome_of({"--config-file="}).starts_with("parser_error(missing_argument"));
}

BOOST_AUTO_TEST_CASE(file_by_name_that_cannot_be_read_is_an_error) {
  std::filesystem::create_directory("caf-application.conf");
  BOOST_TEST(outcome_of({})
             == "the configuration file caf-application.conf cannot be read: Is a directory");
}

BOOST_AUTO_TEST_CASE(program_names_another_file) {
  write("bank.conf", "[eventcore]\nreaders = 0\n");
  const std::string refused = "bank.conf:2: eventcore.readers is 0; it must be at least 1";
  bank_config config;
  BOOST_TEST(text_of(config.parse({}, "bank.conf")) == refused);
  bank_config derived;
  derived.config_file_path = "bank.conf";
  BOOST_TEST(text_of(derived.parse({}, "caf-application.ini")) == refused);
}

BOOST_AUTO_TEST_CASE(help_lists_all_settings_with_their_defaults) {
  const auto help = written(std::cout, 0, {"--help"});
  BOOST_TEST(readers_of_main == 0);
  for (const auto& name : registered())
    BOOST_TEST(help.contains("--" + name + "=<"), name);
  BOOST_TEST(help.contains("(default: caf-application.conf)"));
  BOOST_TEST(help.contains("--eventcore.streams.idle-after=<duration>"));
  BOOST_TEST(help.contains("(default: 5min)\n"));
  BOOST_TEST(help.contains("(default: \"256 MiB\")\n"));
  BOOST_TEST(help.contains("(default: \"sqlite:eventcore.db\")\n"));
  BOOST_TEST(help.contains("--eventcore.metrics.enabled=<true|false>"));
}

BOOST_AUTO_TEST_CASE(long_help_lists_each_setting_once) {
  const auto help = written(std::cout, 0, {"--long-help"});
  for (const auto& name : registered()) {
    const auto first = help.find("--" + name + "=");
    BOOST_TEST(first != std::string::npos, name);
    BOOST_TEST(help.find("--" + name + "=", first + 1) == std::string::npos, name);
  }
}

BOOST_AUTO_TEST_CASE(dumped_config_holds_what_is_in_effect) {
  const auto dumped = parsed("", {"--eventcore.readers=9"}).dump_content();
  BOOST_TEST(caf::get_or(dumped, "eventcore.readers", 0U) == 9);
  BOOST_TEST(caf::get_or(dumped, "eventcore.commands.max-bytes", std::string{}) == "256 MiB");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(options_of_a_program)

BOOST_AUTO_TEST_CASE(sections_and_blocks_set_members) {
  BOOST_TEST(parsed("[bank]\nname = \"a\"\n").name == "a");
  BOOST_TEST(parsed("bank { name = \"a\" }").name == "a");
  BOOST_TEST(parsed("bank { accounts { most = 5 } }").most == 5);
  BOOST_TEST(parsed("bank { name = \"a\" }", {"--bank.name=b"}).name == "b");
  BOOST_TEST(parsed("city = \"a\"").city == "a");
  BOOST_TEST(caf::get_or(parsed("city = \"a\""), "city", std::string{}) == "a");
  BOOST_TEST(parsed("openssl { certificate = \"c.pem\" }").openssl_certificate == "c.pem");
}

BOOST_AUTO_TEST_CASE(wrong_types_are_named) {
  BOOST_TEST(outcome("[bank]\nname = 5\n")
             == "caf-application.conf:2: bank.name is 5; it must be of the type string");
  BOOST_TEST(outcome("bank { accounts { most = 2h } }")
             == "caf-application.conf:1: bank.accounts.most is 2h; it must be of the type uint64");
  BOOST_TEST(outcome("[scheduler]\npolicy = \"sharing\"\n")
             == "caf-application.conf:2: scheduler.policy is \"sharing\"; it must be of the type "
                "atom");
}

BOOST_AUTO_TEST_CASE(settings_of_caf_may_stand_in_its_block) {
  const auto config = parsed("caf { scheduler { max-threads = 3 } }");
  BOOST_TEST(caf::get_or(config, "scheduler.max-threads", 0U) == 3);
}

BOOST_AUTO_TEST_CASE(a_core_is_left_to_the_log_writer_unless_the_file_says_otherwise) {
  const auto threads = [](const ec::system_config& config) {
    return caf::get_or(config, "scheduler.max-threads", std::size_t{0});
  };
  const auto cores = std::max(std::thread::hardware_concurrency(), 2U);
  BOOST_TEST(threads(parsed("")) == cores - 1);
  BOOST_TEST(threads(parsed("[scheduler]\nmax-threads = 7\n")) == 7U);
  const auto config = parsed("[scheduler]\npolicy = 'stealing'\n");
  const auto* policy = caf::get_if(&config.content, "scheduler.policy");
  BOOST_TEST_REQUIRE(policy);
  BOOST_TEST((caf::get<caf::atom_value>(*policy) == caf::atom("stealing")));
}

BOOST_AUTO_TEST_CASE(errors_of_commands_are_rendered_with_their_text) {
  bank_config config;
  const caf::actor_system system{config};
  BOOST_TEST(system.render(ec::to_error({ec::errc::timed_out, "too late"}))
             == "timed_out: too late");
}

BOOST_AUTO_TEST_CASE(names_without_an_option_are_kept) {
  const auto config = parsed("top = 1\nbank { rates { low = 2 } }\ncaf { unknown = 3 }\n");
  BOOST_TEST(caf::get_or(config, "top", 0) == 1);
  BOOST_TEST(caf::get_or(config, "bank.rates.low", 0) == 2);
  BOOST_TEST(caf::get_or(config, "caf.unknown", 0) == 3);
}

BOOST_AUTO_TEST_SUITE_END()
