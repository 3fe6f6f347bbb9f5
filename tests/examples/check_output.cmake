# Runs PROGRAM with ARGUMENTS: it must end well, and its standard output must be the file EXPECTED.
execute_process(COMMAND ${PROGRAM} ${ARGUMENTS} OUTPUT_VARIABLE output ERROR_VARIABLE errors RESULT_VARIABLE ended)
if(NOT ended EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} ended with ${ended}:\n${output}${errors}")
endif()
file(READ ${EXPECTED} expected)
if(NOT output STREQUAL expected)
  message(FATAL_ERROR "${PROGRAM} printed\n${output}instead of\n${expected}")
endif()
