// Personal data are sealed before a store sees them, and gone when their key is.
#include "services/vault.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <array>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "connex/engine.hpp"
#include "connex/keys.hpp"
#include "connex/stores.hpp"
#include "support/engine_driver.hpp"
#include "support/faulty_store.hpp"
#include "support/residue.hpp"
#include "support/temp_dir.hpp"

using namespace connex;
using namespace connex::services;
using connex::testing::residue;
using connex::testing::TempDir;
using connex::testing::World;
using store::Cell;
using store::Row;
using store::Store;
using store::testing::Fault;
using store::testing::FaultyStore;

namespace {

namespace fs = std::filesystem;

const Instant kNow{1'795'000'000'000'000};
constexpr std::string_view kWords[] = {"Asha Zq7x Rao", "asha.zq7x@example.org", "9812300042",
                                       "12 Zq7x Lane"};

RecordClasses account() {
  RecordClasses classes;
  classes.insert(RecordClass::account);
  return classes;
}

std::unique_ptr<Store> open_file(const std::string& path) {
  auto opened = store::open_sqlite_store({.path = path, .durability = store::Durability::normal});
  REQUIRE(opened);
  return std::move(*opened);
}

Result<std::unique_ptr<Vault>> open_vault(Store& store, const std::string& path, SealLimits limits = {}) {
  return Vault::open(store, nullptr, keys::make_file_key_provider({.path = path + ".key"}), limits);
}

void put_person(Vault& vault, std::string_view id, std::string_view name = kWords[0]) {
  auto tx = std::move(vault.begin_write().value());
  const Cell cells[] = {id, name, kWords[1], kWords[2], kWords[3], Cell(), Cell(), Cell(), Cell(), Cell()};
  REQUIRE(tx->insert(person_detail::kTable, cells));
  REQUIRE(tx->commit());
}

Result<std::string> name_of(Vault& vault, std::string_view id) {
  auto tx = std::move(vault.begin_read().value());
  Row row;
  const Cell key[] = {id};
  auto found = tx->get(person_detail::kTable, key, row);
  if (!found) return found.error();
  if (!*found) return std::string("(no row)");
  return row.is_null(person_detail::full_name) ? std::string("(erased)")
                                               : std::string(row.bytes(person_detail::full_name));
}

std::size_t found_by(Vault& vault, std::string_view kind, std::string_view text) {
  auto tx = std::move(vault.begin_read().value());
  return vault.find(*tx, kind, text, 10).value().size();
}

bool forget(Vault& vault, std::string_view id) {
  auto tx = vault.begin_write();
  if (!tx) return false;
  return vault.destroy(**tx, id, account(), kNow) && (*tx)->commit();
}

void copy_files(const fs::path& from, const fs::path& to, std::initializer_list<std::string> ends) {
  for (const std::string& end : ends) {
    fs::remove(to.string() + end);
    if (fs::exists(from.string() + end)) fs::copy_file(from.string() + end, to.string() + end);
  }
}

// The stored row of a person as it is, sealed.
Row raw_row(Store& store, std::string_view id) {
  auto tx = std::move(store.begin_read().value());
  Row row;
  const Cell key[] = {id};
  REQUIRE(tx->get(person_detail::kTable, key, row).value());
  return row;
}

void put_raw(Store& store, std::vector<Cell> cells) {
  auto tx = std::move(store.begin_write().value());
  REQUIRE(tx->update(person_detail::kTable, cells));
  REQUIRE(tx->commit());
}

}  // namespace

TEST_CASE("vault: no file holds a person's data in clear, before or after erasing, and the lookups work") {
  TempDir dir;
  const std::string path = dir.file("db");
  const auto store = open_file(path);
  auto vault = std::move(open_vault(*store, path).value());
  put_person(*vault, "p");
  CHECK(name_of(*vault, "p").value() == kWords[0]);
  CHECK(found_by(*vault, "email", "ASHA.zq7x@EXAMPLE.org") == 1);
  CHECK(found_by(*vault, "phone", "+91 98123 00042") == 1);
  CHECK(residue(fs::path(path).parent_path(), kWords).empty());
  struct stat about {};
  REQUIRE(::stat((path + ".key").c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);

  const Row sealed = raw_row(*store, "p");
  REQUIRE(forget(*vault, "p"));
  CHECK(name_of(*vault, "p").value() == "(erased)");
  CHECK(found_by(*vault, "email", kWords[1]) == 0);
  CHECK(found_by(*vault, "phone", kWords[2]) == 0);
  CHECK(residue(fs::path(path).parent_path(), kWords).empty());
  CHECK(fs::file_size(path + "-wal") == 0);

  // Under a new key the person may come back; what was erased stays so.
  auto tx = std::move(vault->begin_write().value());
  const Cell cells[] = {"p", "Back", Cell(), Cell(), Cell(), Cell(), Cell(), Cell(), Cell(), Cell()};
  REQUIRE(tx->update(person_detail::kTable, cells));
  REQUIRE(tx->commit());
  CHECK(name_of(*vault, "p").value() == "Back");
  put_raw(*store, cells_of(sealed));
  CHECK(name_of(*vault, "p").value() == "(erased)");
}

TEST_CASE("vault: a restored backup of the main store keeps the erased erased, and is not found by lookups") {
  TempDir dir, backup;
  const std::string path = dir.file("db"), old = backup.file("db");
  {
    const auto store = open_file(path);
    auto vault = std::move(open_vault(*store, path).value());
    put_person(*vault, "p");
    put_person(*vault, "q", "Other");
    REQUIRE(store->purge_erased(store::Purge::logs));
    copy_files(path, old, {"", "-wal"});
    REQUIRE(forget(*vault, "p"));
  }
  copy_files(old, path, {"", "-wal", "-shm"});
  const auto store = open_file(path);
  auto vault = std::move(open_vault(*store, path).value());
  CHECK(name_of(*vault, "p").value() == "(erased)");
  CHECK(name_of(*vault, "q").value() == "Other");
  auto tx = std::move(vault->begin_read().value());
  CHECK(vault->find(*tx, "email", kWords[1], 10).value() == std::vector<std::string>{"q"});
}

TEST_CASE("vault: an old key store beside a newer main store forgets again") {
  TempDir dir, backup;
  const std::string path = dir.file("db"), old = backup.file("db");
  {
    const auto store = open_file(path);
    {
      auto vault = std::move(open_vault(*store, path).value());
      put_person(*vault, "p");
    }
    copy_files(path, old, {".keys", ".keys-wal"});
    auto vault = std::move(open_vault(*store, path).value());
    REQUIRE(forget(*vault, "p"));
  }
  copy_files(old, path, {".keys", ".keys-wal", ".keys-shm"});
  const auto store = open_file(path);
  auto vault = std::move(open_vault(*store, path).value());
  CHECK(name_of(*vault, "p").value() == "(erased)");
}

TEST_CASE("vault: a crash at any operation of an erasure leaves it finished or undone") {
  int finished = 0, undone = 0;
  for (const bool in_keys : {false, true}) {
    for (std::uint64_t n = 1;; ++n) {
      CAPTURE(in_keys);
      CAPTURE(n);
      TempDir dir, survivor;
      const std::string path = dir.file("db");
      const auto main = open_file(path);
      const auto key_file = open_file(path + ".keys");
      auto faulty_main = std::make_unique<FaultyStore>(*main);
      auto keys_over = std::make_unique<FaultyStore>(*key_file);
      FaultyStore& faulty = in_keys ? *keys_over : *faulty_main;
      auto vault = std::move(Vault::open(*faulty_main, std::move(keys_over),
                                         keys::make_file_key_provider({.path = path + ".key"}))
                                 .value());
      put_person(*vault, "p");
      faulty.arm(n, Fault::crash, [&] {
        copy_files(path, survivor.file("db"),
                   {"", "-wal", "-shm", ".keys", ".keys-wal", ".keys-shm", ".key"});
      });
      forget(*vault, "p");
      if (!faulty.struck()) break;
      const auto reopened = open_file(survivor.file("db"));
      auto again = std::move(open_vault(*reopened, survivor.file("db")).value());
      const std::string name = name_of(*again, "p").value();
      const std::size_t found = found_by(*again, "email", kWords[1]);
      CHECK((name == "(erased)" || name == kWords[0]));
      CHECK(found == (name == "(erased)" ? 0 : 1));
      std::vector<Row> lines;
      auto tx = std::move(reopened->begin_read().value());
      REQUIRE(tx->scan(key_erasure::kTable, {.limit = 1}, lines));
      CHECK((name == "(erased)") == !lines.empty());  // as soon as the main store had committed
      ++(name == "(erased)" ? finished : undone);
    }
  }
  CHECK(finished > 4);
  CHECK(undone > 4);
}

TEST_CASE("vault: an outer key is rotated in steps, and a crash at any operation of it loses nothing") {
  for (std::uint64_t n = 1;; ++n) {
    CAPTURE(n);
    TempDir dir, survivor;
    const std::string path = dir.file("db");
    const auto main = open_file(path);
    const auto key_file = open_file(path + ".keys");
    auto keys_over = std::make_unique<FaultyStore>(*key_file);
    FaultyStore& faulty = *keys_over;
    auto vault = std::move(
        Vault::open(*main, std::move(keys_over), keys::make_file_key_provider({.path = path + ".key"}))
            .value());
    put_person(*vault, "p");
    put_person(*vault, "q", "Other");
    faulty.arm(n, Fault::crash, [&] {
      copy_files(path, survivor.file("db"), {"", "-wal", "-shm", ".keys", ".keys-wal", ".keys-shm", ".key"});
    });
    for (int i = 0; i < 3; ++i)
      if (!vault->rotate(2)) break;
    if (!faulty.struck()) {
      CHECK(n > 10);
      break;
    }
    const auto reopened = open_file(survivor.file("db"));
    auto again = std::move(open_vault(*reopened, survivor.file("db")).value());
    CHECK(name_of(*again, "p").value() == kWords[0]);
    for (int i = 0; i < 3 && !again->rotate(2).value().done; ++i) {
    }
    std::ifstream file(survivor.file("db.key"));
    std::size_t lines = 0;
    for (std::string line; std::getline(file, line);) ++lines;
    CHECK(lines == 3);  // the key in use alone
    CHECK(name_of(*again, "q").value() == "Other");
    put_person(*again, "r", "New");
    CHECK(name_of(*again, "r").value() == "New");
    CHECK(found_by(*again, "email", kWords[1]) == 3);
  }
}

namespace {

// A key file whose provider fails at one of its steps, before or after it is taken, and from then on.
class FailingProvider final : public keys::KeyProvider {
 public:
  FailingProvider(const std::string& path, int at, bool after)
      : inner_(keys::make_file_key_provider({.path = path})), at_(at), after_(after) {}

  bool struck() const noexcept { return at_ <= 0; }
  Result<keys::OuterKey> current() override { return inner_->current(); }
  Result<std::string> wrap(const keys::OuterKey& key, std::string_view label, keys::SecretView secret) override {
    return inner_->wrap(key, label, secret);
  }
  Result<void> unwrap(const keys::OuterKey& key, std::string_view label, std::string_view wrapped,
                      keys::SecretSpan secret) override {
    return inner_->unwrap(key, label, wrapped, secret);
  }
  Result<keys::OuterKey> rotate() override {
    return step<Result<keys::OuterKey>>([&] { return inner_->rotate(); });
  }
  Result<void> retire(const keys::OuterKey& key) override {
    return step<Result<void>>([&] { return inner_->retire(key); });
  }

 private:
  template <class Answer, class Do>
  Answer step(Do&& take) {
    const bool fails = --at_ <= 0;
    if (!fails || after_) {
      auto done = take();
      if (!fails) return done;
    }
    return Error{ErrorCode::storage, "out of reach", ""};
  }

  std::unique_ptr<keys::KeyProvider> inner_;
  int at_;
  bool after_;
};

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> all;
  for (std::string line; std::getline(file, line);) all.push_back(line);
  return all;
}

}  // namespace

namespace {

// A key service that authenticates nothing, and may give back anything. Its version may change with a call.
struct PlainProvider final : keys::KeyProvider {
  std::uint8_t mask = 0x5a;
  enum { as_it_was, last_byte, nothing, zeros } gives = as_it_was;
  std::function<std::uint32_t()> version = [] { return 7U; };
  std::vector<std::uint32_t> retired = {};

  Result<keys::OuterKey> current() override { return keys::OuterKey{"kms", version()}; }
  Result<std::string> wrap(const keys::OuterKey&, std::string_view, keys::SecretView secret) override {
    std::string wrapped;
    for (const std::uint8_t byte : secret) wrapped.push_back(static_cast<char>(byte ^ mask));
    return wrapped;
  }
  Result<void> unwrap(const keys::OuterKey&, std::string_view, std::string_view wrapped, keys::SecretSpan secret) override {
    if (gives == nothing) return {};
    for (std::size_t i = 0; i < secret.size(); ++i)
      secret[i] = gives == zeros ? std::uint8_t{0} : static_cast<std::uint8_t>(static_cast<std::uint8_t>(wrapped[i]) ^ mask);
    if (gives == last_byte) secret.back() ^= 1;
    return {};
  }
  Result<void> retire(const keys::OuterKey& key) override {
    retired.push_back(key.version);
    return {};
  }
};

std::string bytes_of_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// Every wrapped key of a key store, by what it is, as an older release kept it: what the provider gave alone.
void take_out_commitments(const std::string& key_store) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(key_store.c_str(), &database) == SQLITE_OK);
  REQUIRE(sqlite3_exec(database,
                       "UPDATE secrets SET wrapped = substr(wrapped, 49); UPDATE data_keys SET wrapped = substr(wrapped, 49)",
                       nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
}

}  // namespace

TEST_CASE("vault: a key service that gives another key, or none, opens nothing and changes nothing") {
  for (const bool older : {false, true})
    for (int how = 0; how < 4; ++how) {
      CAPTURE(older);
      CAPTURE(how);
      TempDir dir;
      const std::string path = dir.file("db");
      const auto open = [&](const std::shared_ptr<PlainProvider>& provider) -> Result<std::string> {
        const auto store = open_file(path);
        auto vault = Vault::open(*store, nullptr, provider);
        return vault ? name_of(**vault, "p") : Result<std::string>(vault.error());
      };
      {
        const auto store = open_file(path);
        auto vault = std::move(Vault::open(*store, nullptr, std::make_shared<PlainProvider>()).value());
        put_person(*vault, "p");
      }
      if (older) take_out_commitments(path + ".keys");
      CHECK(open(std::make_shared<PlainProvider>()).value() == kWords[0]);
      const std::string main = bytes_of_file(path), keys = bytes_of_file(path + ".keys");
      const auto wrong = std::make_shared<PlainProvider>();
      if (how == 0) wrong->mask = 0x5b;
      if (how == 1) wrong->gives = PlainProvider::last_byte;
      if (how == 2) wrong->gives = PlainProvider::nothing;
      if (how == 3) wrong->gives = PlainProvider::zeros;
      const auto refused = open(wrong);
      REQUIRE_FALSE(refused);
      CHECK(refused.error().code == ErrorCode::corrupt);
      CHECK(refused.error().message.starts_with("the key provider gave another key"));
      CHECK(bytes_of_file(path) == main);
      CHECK(bytes_of_file(path + ".keys") == keys);
      CHECK(open(std::make_shared<PlainProvider>()).value() == kWords[0]);
    }
}

TEST_CASE("vault: the outer key changes while a rotation is at work: the one in use is never let go") {
  const auto under = [](const std::string& path) {
    const auto store = open_file(path + ".keys");
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open((path + ".keys").c_str(), &database) == SQLITE_OK);
    std::set<std::string> versions;
    const auto keep = [](void* out, int, char** values, char**) {
      static_cast<std::set<std::string>*>(out)->insert(values[0]);
      return 0;
    };
    REQUIRE(sqlite3_exec(database, "SELECT outer_version FROM secrets UNION SELECT outer_version FROM data_keys", keep,
                         &versions, nullptr) == SQLITE_OK);
    sqlite3_close(database);
    return versions;
  };
  int changed = 0;
  for (int at = 1; at < 12; ++at) {
    CAPTURE(at);
    TempDir dir;
    const std::string path = dir.file("db");
    const auto store = open_file(path);
    {
      auto vault = std::move(Vault::open(*store, nullptr, std::make_shared<PlainProvider>()).value());
      for (const std::string_view id : {"p", "q", "r"}) put_person(*vault, id);
    }
    const auto provider = std::make_shared<PlainProvider>();
    auto vault = std::move(Vault::open(*store, nullptr, provider).value());
    int calls = 0;
    provider->version = [&] { return ++calls >= at ? 9U : 8U; };
    Rewrapping done = vault->rotate(100).value();
    changed += calls >= at ? 1 : 0;
    for (int more = 0; more < 3 && !done.done; ++more) done = vault->rotate(100).value();
    CHECK(done.done);
    const bool turned = calls >= at;  // before this test asks
    CHECK(under(path).size() == 1);
    CHECK(*under(path).begin() == (turned ? "9" : "8"));
    for (const std::uint32_t gone : provider->retired) CHECK(gone != provider->version());
    put_person(*vault, "s", "New");
    CHECK(name_of(*vault, "s").value() == "New");
    CHECK(name_of(*vault, "p").value() == kWords[0]);
    provider->version = [] { return 10U; };
    CHECK(vault->rotate(100).value().done);
    CHECK(under(path) == std::set<std::string>{"10"});
  }
  CHECK(changed > 2);

  TempDir dir;  // another one with each call
  const auto store = open_file(dir.file("db"));
  const auto provider = std::make_shared<PlainProvider>();
  auto vault = std::move(Vault::open(*store, nullptr, provider).value());
  put_person(*vault, "p");
  std::uint32_t version = 100;
  provider->version = [&] { return ++version; };
  CHECK_FALSE(vault->rotate(100).value().done);
  CHECK(name_of(*vault, "p").value() == kWords[0]);
}

TEST_CASE("vault: a rotation that its provider interrupts is finished, and no old outer key stays") {
  for (const bool after : {false, true})
    for (int at = 1; at <= 2; ++at) {  // the new key, and the end of the old one
      CAPTURE(after);
      CAPTURE(at);
      TempDir dir;
      const std::string path = dir.file("db");
      const auto store = open_file(path);
      {
        auto vault = std::move(open_vault(*store, path).value());
        put_person(*vault, "p");
      }
      const std::string first = lines_of(path + ".key").back();
      {
        const auto provider = std::make_shared<FailingProvider>(path + ".key", at, after);
        auto vault = std::move(Vault::open(*store, nullptr, provider).value());
        CHECK(vault->rotate(100).error().code == ErrorCode::storage);
        CHECK(provider->struck());
        CHECK(vault->rotate(100).error().code == ErrorCode::storage);  // it stays out of reach, and makes no more keys
      }
      auto vault = std::move(open_vault(*store, path).value());
      if (lines_of(path + ".key").back() == first) CHECK(vault->rotate(100).value().done);
      REQUIRE(lines_of(path + ".key").size() == 3);  // what it is, whose, and the key
      CHECK(lines_of(path + ".key").back() != first);
      CHECK(lines_of(path + ".key").back().find(" 2 ") != std::string::npos);
      CHECK(name_of(*vault, "p").value() == kWords[0]);
    }
}

TEST_CASE("vault: what a crash left beside the key file goes on opening") {
  TempDir dir;
  const std::string path = dir.file("db");
  const auto store = open_file(path);
  { auto vault = std::move(open_vault(*store, path).value()); }
  const std::string left[] = {path + ".key.new", path + ".key.424e1a210bba8dbb"};
  const std::string others[] = {path + ".key.old", path + ".key.424e1a210bba8db"};
  for (const std::string& name : left) std::ofstream(name) << "connex-keys 1\n";
  for (const std::string& name : others) std::ofstream(name) << "mine";
  auto vault = std::move(open_vault(*store, path).value());
  for (const std::string& name : left) CHECK_FALSE(fs::exists(name));
  for (const std::string& name : others) CHECK(fs::exists(name));
  CHECK(vault->rotate(100).value().done);
  for (const std::string& name : left) CHECK_FALSE(fs::exists(name));
}

TEST_CASE("vault: after a rotation the old outer key is gone from the file, and the new one opens all") {
  TempDir dir;
  const std::string path = dir.file("db");
  const auto store = open_file(path);
  auto vault = std::move(open_vault(*store, path).value());
  put_person(*vault, "p");
  const auto lines = [&] {
    std::ifstream file(path + ".key");
    std::vector<std::string> all;
    for (std::string line; std::getline(file, line);) all.push_back(line);
    return all;
  };
  const auto before = lines();
  const Rewrapping done = vault->rotate(100).value();
  CHECK(done.done);
  CHECK(done.rewrapped == 3);  // the person's key, and the roots of look-ups and sums
  const auto after = lines();
  REQUIRE(after.size() == 3);
  CHECK(after.back() != before.back());
  vault = std::move(open_vault(*store, path).value());
  CHECK(name_of(*vault, "p").value() == kWords[0]);
}

TEST_CASE("vault: what an erasure could not purge, for somebody was reading, a later command does") {
  TempDir dir;
  const std::string path = dir.file("db");
  const auto store = std::move(store::open_sqlite_store({.path = path, .busy_timeout_ms = 50}).value());
  auto vault = std::move(open_vault(*store, path).value());
  put_person(*vault, "p");
  put_person(*vault, "q", "Other");
  const auto log_size = [&] { return fs::file_size(path + ".keys-wal"); };
  {
    sqlite3* reader = nullptr;  // as a backup is
    REQUIRE(sqlite3_open((path + ".keys").c_str(), &reader) == SQLITE_OK);
    REQUIRE(sqlite3_exec(reader, "BEGIN; SELECT count(*) FROM data_keys", nullptr, nullptr, nullptr) == SQLITE_OK);
    REQUIRE(forget(*vault, "p"));
    CHECK(log_size() > 0);
    put_person(*vault, "r", "New");
    CHECK(log_size() > 0);
    sqlite3_close(reader);
  }
  put_person(*vault, "s", "Newer");
  CHECK(log_size() == 0);
}

TEST_CASE("vault: a rotation of one store leaves the old key to another on the same key file") {
  TempDir dir;
  const std::string key = dir.file("shared");
  const auto file = [&] { return keys::make_file_key_provider({.path = key}); };
  const auto first = open_file(dir.file("a"));
  const auto second = open_file(dir.file("b"));
  auto other = std::move(Vault::open(*second, nullptr, file()).value());
  put_person(*other, "p");
  other.reset();
  {
    auto vault = std::move(Vault::open(*first, nullptr, file()).value());
    put_person(*vault, "p");
    CHECK(vault->rotate(100).value().done);
    CHECK(name_of(*vault, "p").value() == kWords[0]);
  }
  other = std::move(Vault::open(*second, nullptr, file()).value());
  CHECK(name_of(*other, "p").value() == kWords[0]);
}

TEST_CASE("vault: key files that several processes change at once lose no key") {
  TempDir dir;
  const std::string key = dir.file("key");
  std::vector<keys::OuterKey> made;
  made.push_back(keys::make_file_key_provider({.path = key})->current().value());
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      const auto provider = keys::make_file_key_provider({.path = key});
      for (int i = 0; i < 10; ++i) {
        if (t % 2 == 0) {
          auto next = provider->rotate();
          const std::lock_guard lock(mutex);
          made.push_back(std::move(next.value()));
        } else {
          CHECK(provider->retire({"none", 1}));
        }
      }
    });
  for (std::thread& thread : threads) thread.join();
  const auto provider = keys::make_file_key_provider({.path = key});
  const std::array<std::uint8_t, 32> secret{7};
  for (const keys::OuterKey& outer : made) CHECK(provider->wrap(outer, "label", secret));
  CHECK(lines_of(key).size() == 1 + made.size());
}

TEST_CASE("vault: a sealed value opens in its own place alone, and unaltered") {
  const auto store = store::make_memory_store();
  auto vault = std::move(Vault::open(*store, nullptr, keys::make_ephemeral_key_provider()).value());
  put_person(*vault, "p");
  put_person(*vault, "q", "Other");
  namespace t = person_detail;
  const Row p = raw_row(*store, "p"), q = raw_row(*store, "q");
  const auto refused = [&](std::size_t column, std::string_view sealed) {
    std::vector<Cell> cells = cells_of(p);
    cells[column] = Cell::blob(sealed);
    put_raw(*store, cells);
    auto tx = std::move(vault->begin_read().value());
    Row row;
    const Cell key[] = {"p"};
    const auto got = tx->get(t::kTable, key, row);
    return !got && got.error().code == ErrorCode::corrupt &&
           got.error().message.find("Zq7x") == std::string::npos;
  };
  CHECK(refused(t::full_name, q.bytes(t::full_name)));  // another row, and key
  CHECK(refused(t::full_name, p.bytes(t::address)));    // another column
  CHECK(refused(t::full_name, ""));
  CHECK(refused(t::full_name, p.bytes(t::full_name).substr(1)));
  const std::string good(p.bytes(t::full_name));
  for (std::size_t i = 0; i < good.size(); ++i) {  // format, key, version, nonce, text and tag
    CAPTURE(i);
    for (const int bit : {0, 3, 7}) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
      CHECK(refused(t::full_name, bad));
    }
  }
  put_raw(*store, cells_of(p));
  CHECK(name_of(*vault, "p").value() == kWords[0]);

  // Another table, under the right key.
  auto tx = std::move(vault->begin_read().value());
  evidence::Bytes sealed;
  evidence::SealPlace place{"connex/column", "somewhere", {}, "name", 3};
  REQUIRE(vault->seal(*tx, "p", RecordClass::account, place, evidence::bytes_of("x"), sealed));
  CHECK(vault->open_value(*tx, "p", RecordClass::account, place, sealed).value()->text() == "x");
  place.table = "elsewhere";
  CHECK(vault->open_value(*tx, "p", RecordClass::account, place, sealed).error().code == ErrorCode::corrupt);
  place.table = "somewhere";
  CHECK(vault->open_value(*tx, "p", RecordClass::billing, place, sealed).error().code == ErrorCode::corrupt);
}

TEST_CASE("vault: a store of sealed data is refused with a wrong or missing key, and left as it was") {
  TempDir dir, other;
  const std::string path = dir.file("db");
  {
    const auto store = open_file(path);
    put_person(**open_vault(*store, path), "p");
    const auto stranger = open_file(other.file("db"));
    REQUIRE(open_vault(*stranger, other.file("db")));
  }
  const auto try_open = [&] {
    EngineOptions options;
    options.store = open_file(path);
    auto engine = Engine::open(std::move(options));
    REQUIRE(!engine);
    CHECK(engine.error().message.find("Zq7x") == std::string::npos);
    return engine.error();
  };
  SUBCASE("the key file is missing") {
    fs::remove(path + ".key");
    CHECK(try_open().code == ErrorCode::not_found);
    CHECK(!fs::exists(path + ".key"));
  }
  SUBCASE("the key file is another's") {
    copy_files(other.file("db"), path, {".key"});
    CHECK(try_open().message.find("does not hold the key") != std::string::npos);
  }
  SUBCASE("the key file may be read by others") {
    fs::permissions(path + ".key", fs::perms(0644));
    CHECK(try_open().code == ErrorCode::storage);
  }
  SUBCASE("the key store is missing") {
    for (const char* end : {".keys", ".keys-wal", ".keys-shm"}) fs::remove(path + end);
    CHECK(try_open().message == "the store holds sealed data, and its key store `" + path + ".keys` is missing");
    CHECK(!fs::exists(path + ".keys"));
  }
  SUBCASE("key store and key file are another's") {
    copy_files(other.file("db"), path, {".key", ".keys", ".keys-wal", ".keys-shm"});
    CHECK(try_open().message == "the key store `" + path + ".keys` belongs to another store");
  }
  SUBCASE("a key of the same name with other bytes") {
    std::ifstream in(path + ".key");
    std::string text{std::istreambuf_iterator<char>(in), {}};
    in.close();
    text[text.size() - 2] = text[text.size() - 2] == '0' ? '1' : '0';
    std::ofstream(path + ".key") << text;
    CHECK(try_open().code == ErrorCode::corrupt);
  }
}

TEST_CASE("vault: a data key that has sealed all it may gives way to the next, and still opens") {
  const auto store = store::make_memory_store();
  auto vault = std::move(
      Vault::open(*store, nullptr, keys::make_ephemeral_key_provider(), {.seals = 8, .step = 1}).value());
  auto tx = std::move(vault->begin_read().value());
  evidence::SealPlace place{"test", "t", {}, "c", 1};
  std::set<std::uint32_t> versions;
  std::vector<evidence::Bytes> all(20);
  for (auto& sealed : all) {
    REQUIRE(vault->seal(*tx, "p", RecordClass::account, place, evidence::bytes_of("x"), sealed));
    versions.insert(evidence::sealing_key_of(sealed).value().version);
  }
  CHECK(versions.size() >= 3);
  for (const auto& sealed : all)
    CHECK(vault->open_value(*tx, "p", RecordClass::account, place, sealed).value()->text() == "x");
}

TEST_CASE("vault: key providers wrap, refuse what is not theirs, and ask for their passphrase") {
  TempDir dir;
  std::array<std::uint8_t, 32> secret{1, 2, 3}, back{};
  const auto check = [&](keys::KeyProvider& provider) {
    const keys::OuterKey key = provider.current().value();
    std::string wrapped = provider.wrap(key, "a", secret).value();
    REQUIRE(provider.unwrap(key, "a", wrapped, back));
    CHECK(back == secret);
    CHECK(provider.unwrap(key, "b", wrapped, back).error().code == ErrorCode::corrupt);
    wrapped.back() ^= 1;
    CHECK(provider.unwrap(key, "a", wrapped, back).error().code == ErrorCode::corrupt);
    CHECK(provider.unwrap({"nobody", 1}, "a", wrapped, back).error().code == ErrorCode::not_found);
  };
  check(*keys::make_ephemeral_key_provider());
  check(*keys::make_file_key_provider({.path = dir.file("plain")}));
  check(*keys::make_file_key_provider({.path = dir.file("phrase"), .passphrase = "zq7x"}));
  check(*keys::make_file_key_provider({.path = dir.file("phrase"), .passphrase = "zq7x"}));
  CHECK(!keys::make_file_key_provider({.path = dir.file("phrase"), .passphrase = "other"})->current());
  CHECK(!keys::make_file_key_provider({.path = dir.file("phrase")})->current());
  CHECK(!keys::make_file_key_provider({.path = dir.file("plain"), .passphrase = "zq7x"})->current());

  ::setenv("CONNEX_TEST_KEY", std::string(64, 'a').c_str(), 1);
  const auto old = std::move(keys::make_environment_key_provider("CONNEX_TEST_KEY").value());
  check(*old);
  const auto wrapped = old->wrap(old->current().value(), "a", secret).value();
  ::setenv("CONNEX_TEST_KEY", (std::string(64, 'b') + "," + std::string(64, 'a')).c_str(), 1);
  const auto both = std::move(keys::make_environment_key_provider("CONNEX_TEST_KEY").value());
  CHECK(both->current().value() != old->current().value());
  CHECK(both->unwrap(old->current().value(), "a", wrapped, back));
  ::setenv("CONNEX_TEST_KEY", "short", 1);
  CHECK(!keys::make_environment_key_provider("CONNEX_TEST_KEY"));
  ::unsetenv("CONNEX_TEST_KEY");
  CHECK(!keys::make_environment_key_provider("CONNEX_TEST_KEY"));
}

TEST_CASE("vault: what an older store held in clear is sealed on opening") {
  TempDir dir;
  const std::string path = dir.file("db");
  {
    const auto store = open_file(path);
    REQUIRE(store->prepare(kSchema));
    auto tx = std::move(store->begin_write().value());
    const Cell cells[] = {"p",       "doctor",        Cell(),          "active",  std::int64_t{1},
                          "self",    std::int64_t{1}, std::int64_t{0}, kWords[0], kWords[1],
                          kWords[2], kWords[3],       Cell(),          Cell(),    Cell(),
                          Cell(),    Cell(),          Cell(),          Cell(),    Cell(),
                          Cell(),          Cell()};
    REQUIRE(tx->insert(principal::kTable, cells));
    REQUIRE(tx->commit());
  }
  {
    const auto store = open_file(path);
    auto vault = std::move(open_vault(*store, path).value());
    CHECK(name_of(*vault, "p").value() == kWords[0]);
    CHECK(found_by(*vault, "email", kWords[1]) == 1);
  }
  CHECK(residue(fs::path(path).parent_path(), kWords).empty());
}

TEST_CASE_FIXTURE(World, "vault: operators find people by e-mail or telephone") {
  const auto ids = [&](const testing::Args& args) {
    return boost::json::serialize((*this)("principal.find", "st", args).result().at("principals"));
  };
  CHECK(ids({{"email", "ZQ7X.dr@zq7x.example"}}) == R"(["dr"])");
  CHECK(ids({{"phone", "98123 00000"}}) == R"(["dr"])");
  CHECK(ids({{"email", "nobody@zq7x.example"}}) == "[]");
  CHECK((*this)("principal.find", "st").error() == "invalid_argument /args");
  CHECK((*this)("principal.find", "dr", {{"email", "zq7x.dr@zq7x.example"}}).denied());
  const auto rotated = (*this)("key.rotate", "system", {{"limit", 3}});
  REQUIRE(rotated.permitted());
  CHECK(!rotated.result().at("done").as_bool());
  CHECK((*this)("key.rotate", "system").result().at("done").as_bool());
  CHECK((*this)("principal.view", "dr", {{"subject", "dr"}}).text("/fields/name") == "zq7x Name");
  CHECK((*this)("key.rotate", "dr").denied());
}
