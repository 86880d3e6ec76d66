// Early return on error. The only macros of the project that hide control flow; their names are the
// ones absl itself uses upstream.
#ifndef STILLPOINT_COMMON_BASE_STATUS_MACROS_H_
#define STILLPOINT_COMMON_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define STILLPOINT_CONCAT_INNER_(a, b) a##b
#define STILLPOINT_CONCAT_(a, b) STILLPOINT_CONCAT_INNER_(a, b)

// Returns from the enclosing function if `expr`, an absl::Status, is not OK. Each use has a name of
// its own, because `expr` may hold a lambda that uses it too.
#define RETURN_IF_ERROR(expr) \
  RETURN_IF_ERROR_IMPL_(STILLPOINT_CONCAT_(status_from_expr_, __COUNTER__), expr)
#define RETURN_IF_ERROR_IMPL_(tmp, expr)        \
  do {                                          \
    if (absl::Status tmp = (expr); !tmp.ok()) { \
      return tmp;                               \
    }                                           \
  } while (false)

// Assigns the value of `expr`, an absl::StatusOr, to `lhs` (which may declare a variable), or
// returns its status from the enclosing function.
#define ASSIGN_OR_RETURN(lhs, expr) \
  ASSIGN_OR_RETURN_IMPL_(STILLPOINT_CONCAT_(status_or_, __LINE__), lhs, expr)
#define ASSIGN_OR_RETURN_IMPL_(tmp, lhs, expr)   \
  auto tmp = (expr);                             \
  if (!tmp.ok()) return std::move(tmp).status(); \
  lhs = *std::move(tmp)

#endif  // STILLPOINT_COMMON_BASE_STATUS_MACROS_H_
