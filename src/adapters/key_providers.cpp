// Outer keys in memory, in a file, from the environment. All wrap alike; they differ in where the keys are.
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connex/keys.hpp"
#include "evidence/key_wrap.hpp"
#include "evidence/passphrase.hpp"
#include "evidence/random.hpp"
#include "evidence/sha256.hpp"

namespace connex::keys {
namespace {

using evidence::Bytes;
using evidence::ByteView;
using evidence::KeyRef;
using evidence::SecretBytes;

struct LocalKey {
  KeyRef ref;
  SecretBytes bytes;

  evidence::KeyView view() const { return bytes.view().first<32>(); }
};

OuterKey name_of(const KeyRef& ref) { return {evidence::to_hex(ref.id), ref.version}; }

// What is wrapped, as the wrapping authenticates it.
KeyRef ref_of(std::string_view label) {
  const evidence::Hash hash = evidence::sha256(evidence::bytes_of(label));
  KeyRef ref{{}, 1};
  std::copy_n(hash.begin(), ref.id.size(), ref.id.begin());
  return ref;
}

std::optional<Bytes> from_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  Bytes out;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    std::uint8_t byte = 0;
    const auto [end, failed] = std::from_chars(digits.data() + i, digits.data() + i + 2, byte, 16);
    if (failed != std::errc() || end != digits.data() + i + 2) return std::nullopt;
    out.push_back(byte);
  }
  return out;
}

// Keys in order of age; the last one wraps.
class LocalProvider : public KeyProvider {
 public:
  Result<OuterKey> current() override {
    const std::lock_guard lock(mutex_);
    if (auto ready = refresh(true); !ready) return std::move(ready).error();
    return name_of(keys_.back().ref);
  }

  Result<std::string> wrap(const OuterKey& key, std::string_view label, SecretView secret) override {
    const std::lock_guard lock(mutex_);
    auto found = find(key);
    if (!found) return std::move(found).error();
    const evidence::WrappedKey wrapped =
        evidence::wrap_key((*found)->ref, (*found)->view(), ref_of(label), secret, evidence::random_secret);
    return std::string(evidence::text_of(wrapped));
  }

  Result<void> unwrap(const OuterKey& key, std::string_view label, std::string_view wrapped,
                      SecretSpan secret) override {
    const std::lock_guard lock(mutex_);
    auto found = find(key);
    if (!found) return std::move(found).error();
    auto opened =
        evidence::unwrap_key((*found)->ref, (*found)->view(), ref_of(label), evidence::bytes_of(wrapped));
    if (!opened) return std::move(opened).error();
    std::ranges::copy(opened->view(), secret.begin());
    return {};
  }

 protected:
  // Brings `keys_` up to date; with `create`, and there being none, makes the first.
  virtual Result<void> refresh(bool create) = 0;
  virtual std::string place() const = 0;

  static LocalKey make_key(std::uint32_t version) {
    LocalKey key{{{}, version}, SecretBytes(32)};
    evidence::random_secret(key.ref.id);
    evidence::random_secret(key.bytes.span());
    return key;
  }

  std::mutex mutex_;
  std::vector<LocalKey> keys_;

 private:
  Result<const LocalKey*> find(const OuterKey& wanted) {
    for (const bool again : {false, true}) {
      if (again || keys_.empty())
        if (auto ready = refresh(false); !ready) return std::move(ready).error();
      for (const LocalKey& key : keys_)
        if (name_of(key.ref) == wanted) return &key;
    }
    return Error{ErrorCode::not_found, place() + " does not hold the key that the store is sealed under", {}};
  }
};

class EphemeralProvider final : public LocalProvider {
 public:
  Result<OuterKey> rotate() override {
    const std::lock_guard lock(mutex_);
    keys_.push_back(make_key(keys_.empty() ? 1 : keys_.back().ref.version + 1));
    return name_of(keys_.back().ref);
  }
  Result<void> retire(const OuterKey& old) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(keys_, [&](const LocalKey& key) { return name_of(key.ref) == old; });
    return {};
  }

 private:
  Result<void> refresh(bool create) override {
    if (create && keys_.empty()) keys_.push_back(make_key(1));
    return {};
  }
  std::string place() const override { return "the key provider in memory"; }
};

class EnvironmentProvider final : public LocalProvider {
 public:
  EnvironmentProvider(std::string variable, std::vector<LocalKey> keys) : variable_(std::move(variable)) {
    keys_ = std::move(keys);
  }

 private:
  Result<void> refresh(bool) override { return {}; }
  std::string place() const override { return "environment variable `" + variable_ + "`"; }

  std::string variable_;
};

// Closes in the end.
class Descriptor {
 public:
  explicit Descriptor(int number) noexcept : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  explicit operator bool() const noexcept { return number_ >= 0; }
  int operator*() const noexcept { return number_; }

 private:
  int number_;
};

//   connex-keys 1
//   store <id>                     one whose secrets are wrapped under these keys
//   scrypt <salt>                  with a passphrase alone
//   key <id> <version> <key>       the key itself, or wrapped under the passphrase; the last one is in use
class FileProvider final : public LocalProvider {
 public:
  explicit FileProvider(KeyFileOptions options) : options_(std::move(options)) { remove_leftovers(); }
  ~FileProvider() override {
    evidence::cleanse(
        {reinterpret_cast<std::uint8_t*>(options_.passphrase.data()), options_.passphrase.size()});
  }

  Result<OuterKey> rotate() override {
    const std::lock_guard lock(mutex_);
    if (auto ready = refresh(true); !ready) return std::move(ready).error();
    auto written = change([&] { keys_.push_back(make_key(keys_.back().ref.version + 1)); });
    if (!written) {
      (void)refresh(false);
      return std::move(written).error();
    }
    return name_of(keys_.back().ref);
  }

  // What one store needs no more another may: keys go from the file of a single one.
  Result<void> retire(const OuterKey& old) override {
    const std::lock_guard lock(mutex_);
    return change([&] {
      if (stores_.size() > 1) return;
      std::erase_if(
          keys_, [&](const LocalKey& key) { return name_of(key.ref) == old && key.ref != keys_.back().ref; });
    });
  }

  Result<void> serve(std::string_view store) override {
    const std::lock_guard lock(mutex_);
    if (auto ready = refresh(true); !ready) return ready;
    const std::string id = evidence::to_hex(evidence::bytes_of(store));
    if (std::ranges::find(stores_, id) != stores_.end()) return {};
    return change([&] {
      if (std::ranges::find(stores_, id) == stores_.end()) stores_.push_back(id);
    });
  }

 private:
  std::string place() const override { return "key file `" + options_.path + "`"; }
  Error error(ErrorCode code, std::string_view what) const {
    return {code, place() + ": " + std::string(what), {}};
  }

  Result<void> refresh(bool create) override {
    const Descriptor file(::open(options_.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file) {
      if (errno != ENOENT) return error(ErrorCode::storage, "cannot be read");
      if (!create || !keys_.empty()) return error(ErrorCode::not_found, "is missing");
      const Descriptor beside(open_locked(options_.path + kBeside, O_WRONLY | O_CREAT, LOCK_EX));
      if (!beside) return error(ErrorCode::storage, "cannot be written");
      keys_.push_back(make_key(1));
      if (auto written = write(*beside, true); !written) {
        keys_.clear();
        return written;
      }
      return refresh(false);  // another process may have been first
    }
    struct stat about {};
    if (::fstat(*file, &about) != 0 || !S_ISREG(about.st_mode))
      return error(ErrorCode::storage, "is not a file");
    if ((about.st_mode & 077) != 0)
      return error(ErrorCode::storage, "may be read or written by others; its mode must be 0600");
    SecretBytes content(std::min<std::size_t>(static_cast<std::size_t>(about.st_size), std::size_t{1} << 20));
    std::size_t size = 0;
    while (size < content.size()) {
      const ssize_t got = ::read(*file, content.span().data() + size, content.size() - size);
      if (got <= 0) return error(ErrorCode::storage, "cannot be read");
      size += static_cast<std::size_t>(got);
    }
    return parse(content.text());
  }

  // The words of the next line.
  static std::vector<std::string_view> next_line(std::string_view& text) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    std::vector<std::string_view> words;
    while (!line.empty()) {
      const std::string_view word = line.substr(0, line.find(' '));
      line.remove_prefix(std::min(line.size(), word.size() + 1));
      words.push_back(word);
    }
    return words;
  }

  Result<void> parse(std::string_view text) {
    const Error damaged = error(ErrorCode::corrupt, "is damaged");
    if (next_line(text) != std::vector<std::string_view>{"connex-keys", "1"}) return damaged;
    std::vector<LocalKey> keys;
    std::vector<std::string> stores;
    bool wrapped = false;
    while (!text.empty()) {
      const auto words = next_line(text);
      if (words.size() == 2 && words[0] == "store" && from_hex(words[1])) {
        stores.emplace_back(words[1]);
        continue;
      }
      if (words.size() == 2 && words[0] == "scrypt") {
        const auto salt = from_hex(words[1]);
        if (!salt || salt->size() != 16) return damaged;
        if (options_.passphrase.empty()) return error(ErrorCode::invalid_argument, "needs a passphrase");
        if (salt_ != *salt) {
          salt_ = *salt;
          phrase_key_ = evidence::key_of_passphrase(options_.passphrase, salt_);
        }
        wrapped = true;
        continue;
      }
      if (words.size() != 4 || words[0] != "key") return damaged;
      const auto id = from_hex(words[1]);
      LocalKey key{{}, SecretBytes()};
      const auto [end, failed] =
          std::from_chars(words[2].data(), words[2].data() + words[2].size(), key.ref.version);
      auto bytes = from_hex(words[3]);
      if (!id || id->size() != key.ref.id.size() || failed != std::errc() ||
          end != words[2].data() + words[2].size() || !bytes)
        return damaged;
      std::ranges::copy(*id, key.ref.id.begin());
      if (wrapped) {
        auto opened = evidence::unwrap_key(phrase_ref(), phrase_view(), key.ref, *bytes);
        if (!opened) return error(ErrorCode::corrupt, "is damaged, or the passphrase is another");
        key.bytes = std::move(*opened);
      } else {
        if (bytes->size() != 32) return damaged;
        key.bytes = SecretBytes(*bytes);
        evidence::cleanse(*bytes);
      }
      keys.push_back(std::move(key));
    }
    if (keys.empty()) return damaged;
    if (!wrapped && !options_.passphrase.empty())
      return error(ErrorCode::invalid_argument, "was made without a passphrase");
    keys_ = std::move(keys);
    stores_ = std::move(stores);
    return {};
  }

  // Changes what the file says as it is now; nobody else does meanwhile.
  template <class Change>
  Result<void> change(Change&& change) {
    const Descriptor beside(open_locked(options_.path + kBeside, O_WRONLY | O_CREAT, LOCK_EX));
    if (!beside) return error(ErrorCode::storage, "cannot be written");
    if (auto ready = refresh(false); !ready) {
      ::unlink((options_.path + kBeside).c_str());
      return ready;
    }
    change();
    return write(*beside, false);
  }

  // Writes the locked file beside and puts it in its place whole; with `fresh`, only where there is none.
  Result<void> write(int beside, bool fresh) {
    std::string text = "connex-keys 1\n";
    for (const std::string& store : stores_) text += "store " + store + "\n";
    if (!options_.passphrase.empty()) {
      if (salt_.empty()) {
        salt_.resize(16);
        evidence::random_secret(salt_);
        phrase_key_ = evidence::key_of_passphrase(options_.passphrase, salt_);
      }
      text += "scrypt " + evidence::to_hex(salt_) + "\n";
    }
    for (const LocalKey& key : keys_) {
      text += "key " + evidence::to_hex(key.ref.id) + " " + std::to_string(key.ref.version) + " ";
      if (options_.passphrase.empty()) {
        text += evidence::to_hex(key.bytes.view());
      } else {
        text += evidence::to_hex(
            evidence::wrap_key(phrase_ref(), phrase_view(), key.ref, key.view(), evidence::random_secret));
      }
      text += "\n";
    }
    const bool written = put(beside, text, fresh);
    evidence::cleanse({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
    if (!written) return error(ErrorCode::storage, "cannot be written");
    return {};
  }

  // The file beside, under a lock that lasts as long as the descriptor, or none: whoever waited for the lock may have
  // got a file that has been put in its place meanwhile.
  static int open_locked(const std::string& beside, int flags, int how) {
    for (;;) {
      const int file = ::open(beside.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
      if (file < 0) return file;
      struct stat own {};
      struct stat named {};
      if (::flock(file, how) == 0 && ::fstat(file, &own) == 0) {
        if (::lstat(beside.c_str(), &named) == 0 && own.st_ino == named.st_ino && own.st_dev == named.st_dev) return file;
        ::close(file);
        continue;
      }
      ::close(file);
      return -1;
    }
  }

  // What a crash left beside the file holds keys.
  void remove_leftovers() const {
    const std::string beside = options_.path + kBeside;
    if (const Descriptor file(open_locked(beside, O_WRONLY, LOCK_EX | LOCK_NB)); file) ::unlink(beside.c_str());
    const std::size_t name_at = options_.path.rfind('/') + 1;  // 0 where there is none
    const std::string directory = name_at == 0 ? "." : options_.path.substr(0, name_at);
    const std::string prefix = options_.path.substr(name_at) + ".";  // they had random names before
    struct Close {
      void operator()(DIR* open) const noexcept { ::closedir(open); }
    };
    const std::unique_ptr<DIR, Close> open(::opendir(directory.c_str()));
    while (const dirent* const entry = open ? ::readdir(open.get()) : nullptr) {
      const std::string_view name(entry->d_name);
      if (name.size() == prefix.size() + 16 && name.starts_with(prefix) &&
          name.find_first_not_of("0123456789abcdef", prefix.size()) == std::string_view::npos)
        ::unlinkat(::dirfd(open.get()), entry->d_name, 0);
    }
  }

  bool put(int file, const std::string& text, bool fresh) const {
    const std::string beside = options_.path + kBeside;
    std::size_t size = 0;
    bool done = ::ftruncate(file, 0) == 0 && ::fchmod(file, S_IRUSR | S_IWUSR) == 0;
    while (done && size < text.size()) {
      const ssize_t put = ::write(file, text.data() + size, text.size() - size);
      done = put > 0;
      size += done ? static_cast<std::size_t>(put) : 0;
    }
    done = done && ::fsync(file) == 0;
    if (done && fresh) {
      done = ::link(beside.c_str(), options_.path.c_str()) == 0 || errno == EEXIST;
    } else if (done) {
      done = ::rename(beside.c_str(), options_.path.c_str()) == 0;
    }
    if (fresh || !done) ::unlink(beside.c_str());
    const std::size_t slash = options_.path.rfind('/');
    const std::string directory = slash == std::string::npos ? "." : options_.path.substr(0, slash + 1);
    const Descriptor folder(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return done && folder && ::fsync(*folder) == 0;
  }

  static constexpr const char* kBeside = ".new";
  static KeyRef phrase_ref() { return {{}, 1}; }
  evidence::KeyView phrase_view() const { return phrase_key_.view().first<32>(); }

  KeyFileOptions options_;
  std::vector<std::string> stores_;  // their ids, in hexadecimal digits
  Bytes salt_;
  SecretBytes phrase_key_;
};

}  // namespace

std::unique_ptr<KeyProvider> make_ephemeral_key_provider() { return std::make_unique<EphemeralProvider>(); }

std::unique_ptr<KeyProvider> make_file_key_provider(KeyFileOptions options) {
  return std::make_unique<FileProvider>(std::move(options));
}

Result<std::unique_ptr<KeyProvider>> make_environment_key_provider(const std::string& variable) {
  const char* const value = std::getenv(variable.c_str());
  const std::string place = "environment variable `" + variable + "`";
  if (value == nullptr) return Error{ErrorCode::not_found, place + " is not set", {}};
  std::vector<LocalKey> keys;
  std::string_view rest(value);
  for (bool more = true; more;) {
    const std::size_t comma = rest.find(',');
    const auto bytes = from_hex(rest.substr(0, comma));
    if (!bytes || bytes->size() != 32)
      return Error{ErrorCode::invalid_argument, place + " must hold 64 hexadecimal digits for each key", {}};
    const evidence::Hash hash = evidence::sha256(*bytes);
    const evidence::Hash id = evidence::sha256(hash);
    LocalKey key{{{}, 1}, SecretBytes(*bytes)};
    std::copy_n(id.begin(), key.ref.id.size(), key.ref.id.begin());
    keys.insert(keys.begin(), std::move(key));
    more = comma != std::string_view::npos;
    if (more) rest.remove_prefix(comma + 1);
  }
  return std::unique_ptr<KeyProvider>(std::make_unique<EnvironmentProvider>(variable, std::move(keys)));
}

}  // namespace connex::keys
