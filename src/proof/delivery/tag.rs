//! The tags that stand before what is hashed, so that bytes of one kind are never those of another. None is the beginning of another.

pub(super) const ANSWER: &[u8] = b"knooppunt/answer/1";
pub(super) const CARD: &[u8] = b"knooppunt/card/1";
pub(super) const CAREGIVER: &[u8] = b"knooppunt/zorgverlener/1";
pub(super) const CHAIN: &[u8] = b"knooppunt/chain/1";
pub(super) const CHECK: &[u8] = b"knooppunt/check/1";
pub(super) const CODE: &[u8] = b"knooppunt/code/1";
pub(super) const CODE_KEY: &[u8] = b"knooppunt/codekey/1";
pub(super) const CODE_KEY_COMMITMENT: &[u8] = b"knooppunt/ckcommit/1";
pub(super) const CONTEXT: &[u8] = b"knooppunt/ctx/1";
pub(super) const DRAW: &[u8] = b"knooppunt/draw/1";
pub(super) const FIELD: &[u8] = b"knooppunt/field/1";
pub(super) const LEAF: &[u8] = b"knooppunt/leaf/1";
pub(super) const NF: &[u8] = b"knooppunt/nf/1";
pub(super) const NF_COMMITMENT: &[u8] = b"knooppunt/nfcommit/1";
pub(super) const NF_LIST: &[u8] = b"knooppunt/nfs/1";
pub(super) const NF_PADDING: &[u8] = b"knooppunt/nfpad/1";
pub(super) const NODE: &[u8] = b"knooppunt/node/1";
pub(super) const NONCE: &[u8] = b"knooppunt/nonce/1";
pub(super) const POPULATION: &[u8] = b"knooppunt/population/1";
pub(super) const RECORD: &[u8] = b"knooppunt/record/1";
pub(super) const SALT: &[u8] = b"knooppunt/salt/1";
pub(super) const SCOPE: &[u8] = b"knooppunt/scope/1";
pub(super) const SEED: &[u8] = b"knooppunt/seed/1";
pub(super) const SIGNATURE: &[u8] = b"knooppunt/sig/1";
pub(super) const STRIP: &[u8] = b"knooppunt/strip/1";
pub(super) const TOEWIJZING: &[u8] = b"knooppunt/toew/1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_tag_is_the_beginning_of_another() {
        let all = [
            ANSWER,
            CARD,
            CAREGIVER,
            CHAIN,
            CHECK,
            CODE,
            CODE_KEY,
            CODE_KEY_COMMITMENT,
            CONTEXT,
            DRAW,
            FIELD,
            LEAF,
            NF,
            NF_COMMITMENT,
            NF_LIST,
            NF_PADDING,
            NODE,
            NONCE,
            POPULATION,
            RECORD,
            SALT,
            SCOPE,
            SEED,
            SIGNATURE,
            STRIP,
            TOEWIJZING,
            // Those of the log.
            b"knooppunt/event/1",
            b"knooppunt/entry/1",
        ];
        let pairs = |one: usize| {
            all.iter()
                .skip(one + 1)
                .map(move |other| (all[one], *other))
        };
        for (one, other) in (0..all.len()).flat_map(pairs) {
            assert!(!one.starts_with(other) && !other.starts_with(one));
        }
    }
}
