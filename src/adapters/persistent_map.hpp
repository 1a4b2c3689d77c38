// An ordered map whose copy costs nothing and never changes: put and erase share all but the path they walk
// (a balanced AVL tree). Copies may be read by several threads.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace connex::store {

template <class Value>
class PersistentMap {
 public:
  const Value* find(std::string_view key) const noexcept {
    const Node* node = root_.get();
    while (node != nullptr) {
      const int order = key.compare(node->entry->key);
      if (order == 0) return &node->entry->value;
      node = order < 0 ? node->left.get() : node->right.get();
    }
    return nullptr;
  }

  void put(std::string key, Value value) {
    root_ = put(root_, std::make_shared<const Entry>(Entry{std::move(key), std::move(value)}));
  }

  void erase(std::string_view key) { root_ = erase(root_, key); }

  // Calls visit(key, value) for each key in [low, high), in order, until it returns false.
  template <class Visit>
  void visit(std::string_view low, std::string_view high, bool descending, Visit&& visit) const {
    walk(root_.get(), low, high, descending, visit);
  }

 private:
  struct Entry {
    std::string key;
    Value value;
  };
  struct Node;
  using Link = std::shared_ptr<const Node>;
  using EntryPtr = std::shared_ptr<const Entry>;
  struct Node {
    EntryPtr entry;
    Link left, right;
    int height;
  };

  static int height(const Link& link) noexcept { return link ? link->height : 0; }

  static Link join(EntryPtr entry, Link left, Link right) {
    const int tall = 1 + std::max(height(left), height(right));
    return std::make_shared<const Node>(Node{std::move(entry), std::move(left), std::move(right), tall});
  }

  // Joins two trees whose heights differ by at most two.
  static Link balance(const EntryPtr& entry, const Link& left, const Link& right) {
    if (height(left) > height(right) + 1) {
      if (height(left->left) >= height(left->right))
        return join(left->entry, left->left, join(entry, left->right, right));
      const Link& inner = left->right;
      return join(inner->entry, join(left->entry, left->left, inner->left), join(entry, inner->right, right));
    }
    if (height(right) > height(left) + 1) {
      if (height(right->right) >= height(right->left))
        return join(right->entry, join(entry, left, right->left), right->right);
      const Link& inner = right->left;
      return join(inner->entry, join(entry, left, inner->left),
                  join(right->entry, inner->right, right->right));
    }
    return join(entry, left, right);
  }

  static Link put(const Link& link, const EntryPtr& entry) {
    if (!link) return join(entry, nullptr, nullptr);
    const int order = entry->key.compare(link->entry->key);
    if (order == 0) return join(entry, link->left, link->right);
    if (order < 0) return balance(link->entry, put(link->left, entry), link->right);
    return balance(link->entry, link->left, put(link->right, entry));
  }

  static Link erase(const Link& link, std::string_view key) {
    if (!link) return nullptr;
    const int order = key.compare(link->entry->key);
    if (order < 0) return balance(link->entry, erase(link->left, key), link->right);
    if (order > 0) return balance(link->entry, link->left, erase(link->right, key));
    if (!link->left) return link->right;
    if (!link->right) return link->left;
    const Node* next = link->right.get();
    while (next->left) next = next->left.get();
    return balance(next->entry, link->left, erase(link->right, next->entry->key));
  }

  template <class Visit>
  static bool walk(const Node* node, std::string_view low, std::string_view high, bool descending,
                   Visit& visit) {
    if (node == nullptr) return true;
    const std::string_view key = node->entry->key;
    const bool above = key >= low, under = key < high;
    const Node* first = descending ? node->right.get() : node->left.get();
    const Node* last = descending ? node->left.get() : node->right.get();
    if ((descending ? under : above) && !walk(first, low, high, descending, visit)) return false;
    if (above && under && !visit(key, node->entry->value)) return false;
    return !(descending ? above : under) || walk(last, low, high, descending, visit);
  }

  Link root_;
};

}  // namespace connex::store
