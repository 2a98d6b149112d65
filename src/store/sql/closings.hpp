#pragma once

#include "store/sql/transactions.hpp"

namespace packhouse::sql {

/// Gives the releases of before schema 8 the moment from which they are closed, and their files an identity.
/// A release that lost a file is closed. Of two spellings of one distribution the first has the identity; the
/// others keep one that equals no other. Does nothing, and takes no writer, once that is done.
Status adopt_closings(Transactions& transactions);

}  // namespace packhouse::sql
