# Installs BUILD under WORK, then configures, builds and runs CONSUMER against what was installed. The consumer gets the
# compiler flags of the build, without which a program cannot link libraries made with sanitizers.

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status STREQUAL "0")
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nfailed (${status}):\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE "${WORK}")
run(${CMAKE_COMMAND} --install "${BUILD}" --prefix "${WORK}/prefix" --config "${CONFIG}")
run(${CMAKE_COMMAND} -S "${CONSUMER}" -B "${WORK}/build" -G "${GENERATOR}"
    -D "CMAKE_PREFIX_PATH=${WORK}/prefix"
    -D "CMAKE_BUILD_TYPE=${CONFIG}"
    -D "CMAKE_CXX_COMPILER=${COMPILER}"
    -D "CMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}"
    -D "CMAKE_CXX_FLAGS=${FLAGS}")
run(${CMAKE_COMMAND} --build "${WORK}/build" --config "${CONFIG}")

foreach(balance IN ITEMS 250 500)
  run("${WORK}/build/deposit" "sqlite:${WORK}/bank.db")
  string(CONCAT expected "alice holds 250 in memory:\n" "alice holds ${balance} in sqlite:${WORK}/bank.db\n")
  if(NOT output STREQUAL expected)
    message(FATAL_ERROR "the program should say:\n${expected}but says:\n${output}")
  endif()
endforeach()
