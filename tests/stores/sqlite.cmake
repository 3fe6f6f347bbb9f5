# Tests of what is special to the SQLite store. Some look at its insides, which are not installed.
set(sqlite_test_libraries eventcore::testing eventcore::sqlite SQLite::SQLite3)

foreach(topic store schema locks files wal damage backup maintenance)
  list(APPEND sqlite_test_sources sqlite_${topic}_test.cpp)
endforeach()
eventcore_test(sqlite_store_test ${sqlite_test_sources} ${PROJECT_SOURCE_DIR}/tests/support/child.cpp
               LIBRARIES ${sqlite_test_libraries})
target_include_directories(sqlite_store_test PRIVATE ${PROJECT_SOURCE_DIR}/stores/sqlite/src)

eventcore_test(sqlite_inside_test sqlite_log_query_test.cpp sqlite_migrations_test.cpp
               LIBRARIES ${sqlite_test_libraries} SOCI::sqlite3 SOCI::core)
target_include_directories(sqlite_inside_test PRIVATE ${PROJECT_SOURCE_DIR}/stores/sqlite/src)

eventcore_test(sqlite_transact_test sqlite_transact_test.cpp sql_transaction_cases.cpp
               LIBRARIES ${sqlite_test_libraries} eventcore::sql SOCI::core)

eventcore_test(sqlite_faults_test sqlite_faults_test.cpp sqlite_transact_faults_test.cpp
               ${PROJECT_SOURCE_DIR}/tests/support/faulty_vfs.cpp
               LIBRARIES ${sqlite_test_libraries} eventcore::sql SOCI::core)
eventcore_test(sqlite_full_disk_test sqlite_full_disk_test.cpp ${PROJECT_SOURCE_DIR}/tests/support/child.cpp
               LIBRARIES ${sqlite_test_libraries})
