#include "fuzz/target.h"
#include "mlo/store/tree.h"

MLO_FUZZ_TARGET(tree) {
  mlo::invariant(mlo::store::encode_tree(mlo::store::decode_tree(input)) == input,
                 "a tree that decodes is the one that would be written");
}
