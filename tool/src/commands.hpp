#pragma once

namespace CLI {
class App;
}

namespace tool {

class commands;

// Each is defined in the source file of its name.

void add_streams(commands& to);
void add_read(commands& to);
void add_log(commands& to);
void add_stats(commands& to);
void add_verify(commands& to);
void add_projections(commands& to);
void add_dead_letters(commands& to, CLI::App& projections);
void add_reset(commands& to, CLI::App& projections);
void add_snapshots(commands& to);
void add_requests(commands& to);
void add_backup(commands& to);
void add_migrate(commands& to);
void add_export(commands& to);
void add_import(commands& to);
void add_archive(commands& to);
void add_archives(commands& to);
void add_restore(commands& to);
void add_man(commands& to);
void add_completion(commands& to);

} // namespace tool
