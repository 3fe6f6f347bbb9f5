# Compiles SOURCE with COMPILER and INCLUDES. When its first line is `// expect: text` it must not compile, and the text
# must be in the compiler's first error, near the top of its output; else it must compile.

file(STRINGS "${SOURCE}" first_line LIMIT_COUNT 1)
set(expected "")
if(first_line MATCHES "^// expect: (.+)$")
  set(expected "${CMAKE_MATCH_1}")
endif()

list(TRANSFORM INCLUDES PREPEND "-I")
execute_process(COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C "${COMPILER}" -std=c++23 -fsyntax-only ${INCLUDES} "${SOURCE}"
                RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)

if(expected STREQUAL "")
  if(NOT status STREQUAL "0")
    message(FATAL_ERROR "${SOURCE} must compile, but:\n${output}")
  endif()
  return()
endif()

if(status STREQUAL "0")
  message(FATAL_ERROR "${SOURCE} compiles; it should fail with: ${expected}")
endif()

# From the first error to the second one, without going through CMake lists, which `;` and `[` in the text would break.
string(FIND "${output}" ": error: " begin)
if(begin LESS 0)
  message(FATAL_ERROR "${SOURCE} gives no error:\n${output}")
endif()
string(SUBSTRING "${output}" 0 ${begin} before)
string(REGEX REPLACE "[^\n]" "" lines_before "${before}")
string(LENGTH "${lines_before}" lines_before)
math(EXPR begin "${begin} + 9")
string(SUBSTRING "${output}" ${begin} -1 first_error)
string(FIND "${first_error}" ": error: " end)
string(SUBSTRING "${first_error}" 0 ${end} first_error)

string(FIND "${first_error}" "${expected}" at)
if(at LESS 0)
  message(FATAL_ERROR "The first error of ${SOURCE} should say: ${expected}\nThe compiler says:\n${output}")
endif()
if(lines_before GREATER 30)
  message(FATAL_ERROR "The first error of ${SOURCE} comes only after ${lines_before} lines:\n${output}")
endif()
