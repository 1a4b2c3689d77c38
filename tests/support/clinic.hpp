// An engine on files, which can be closed, looked into and opened again. Every command has a request id of its own.
#pragma once

#include <doctest/doctest.h>

#include <boost/json/serialize.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "connex/stores.hpp"
#include "support/engine_driver.hpp"
#include "support/temp_dir.hpp"

namespace connex::testing {

class Clinic {
 public:
  explicit Clinic(const TempDir& dir) : path_(dir.file("db")) { open(); }

  void open() { engine_ = std::move(try_open().value()); }
  Result<std::unique_ptr<Engine>> try_open() const {
    EngineOptions options;
    options.store = std::move(store::open_sqlite_store({.path = path_}).value());
    options.caller_clock = true;
    return Engine::open(std::move(options));
  }
  void close() { engine_.reset(); }

  Answer operator()(std::string_view command, std::string_view actor, const Args& args = {}) {
    return Answer(engine_->execute(boost::json::serialize(Args{{"command", command},
                                                              {"actor", actor},
                                                              {"at", at_},
                                                              {"request_id", "q-" + std::to_string(requests_++)},
                                                              {"args", args}})));
  }
  Answer must(std::string_view command, std::string_view actor, const Args& args = {}) {
    CAPTURE(command);
    Answer answer = (*this)(command, actor, args);
    REQUIRE_MESSAGE(answer.permitted(), answer.line());
    return answer;
  }
  void set_time(std::string_view at) { at_ = at; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::unique_ptr<Engine> engine_;
  std::string at_ = "2026-11-23T08:00:00+05:30";
  int requests_ = 0;
};

}  // namespace connex::testing
