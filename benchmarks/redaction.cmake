# Included by the build when CONNEX_BENCHMARKS is on.
if(CONNEX_BENCHMARKS)
  find_package(benchmark REQUIRED)
  add_executable(connex_redaction_bench ${CMAKE_CURRENT_LIST_DIR}/redaction_bench.cpp)
  target_link_libraries(connex_redaction_bench PRIVATE connex_build connex_core benchmark::benchmark)
endif()
