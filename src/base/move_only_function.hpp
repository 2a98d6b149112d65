#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace packhouse {

/// A call without arguments or result that may hold what can only be moved. Some standard libraries lack
/// std::move_only_function. Calling an empty one is undefined.
class MoveOnlyFunction {
 public:
  MoveOnlyFunction() = default;
  template <std::invocable Call>
    requires(!std::same_as<std::decay_t<Call>, MoveOnlyFunction>)
  MoveOnlyFunction(Call&& call)
      : held_(std::make_unique<Held<std::decay_t<Call>>>(std::forward<Call>(call))) {}

  explicit operator bool() const noexcept { return held_ != nullptr; }
  void operator()() { held_->run(); }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual void run() = 0;
  };
  template <typename Call>
  struct Held final : Base {
    explicit Held(Call held) : call(std::move(held)) {}
    void run() override { call(); }
    Call call;
  };
  std::unique_ptr<Base> held_;
};

}  // namespace packhouse
