// What a thread keeps for itself, so as not to make it again for each call.
#pragma once

namespace connex::evidence {

// One `T` for each thread and `Tag`. It goes with the thread; what asks after that, as exit() may have done on the thread
// that called it, gets another, which stays.
template <class T, class Tag>
T& of_thread() {
  thread_local T* mine = nullptr;
  thread_local bool kept = false;
  struct Keeper {
    ~Keeper() {
      delete mine;
      mine = nullptr;
    }
  };
  if (mine == nullptr) {
    mine = new T;
    if (!kept) {
      thread_local const Keeper keeper;
      kept = true;
    }
  }
  return *mine;
}

}  // namespace connex::evidence
