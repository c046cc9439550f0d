//! How much each fact says, in tenths of a doubling: ten more and it is twice as likely.
//!
//! Fitted together (as a conditional logit, of which the last choice is "none of them") to what
//! `suggest_suspense` found for 2,416 items of ten made-up councils of three kinds (seeds 100 to 109), as
//! `crates/ims-app/tests/deeds/likelihoods` makes them; that test holds them on other seeds.
//! What is fitted together is changed together.

/// What speaks for none of the accounts.
pub(super) const NONE: i32 = -121;

/// No word of it quotes the account.
pub(super) const UNQUOTED: i32 = -170;
/// A word of it is the reference.
pub(super) const EXACT: i32 = 57;
/// For each point of a slip's cost.
pub(super) const SLIP: i32 = -3;
/// Two slips, of an account whose holder has the name, …
pub(super) const TWO_SLIPS: i32 = -18;
/// … another name, …
pub(super) const TWO_SLIPS_AND_ANOTHER_NAME: i32 = -36;
/// … or no name to compare.
pub(super) const TWO_SLIPS_AND_NO_NAME: i32 = -79;

/// Money of the same reference was placed there.
pub(super) const SAME_REFERENCE: i32 = 47;
/// Money with the same name was placed there.
pub(super) const SAME_PAYER: i32 = 21;
/// Money of the same reference was placed in another account, always.
pub(super) const ELSEWHERE: i32 = 7;
/// Each payment of the same bank account was for it; less for each halving.
pub(super) const PAID_THIS: i32 = 54;
/// The two say nearly the same.
pub(super) const BOTH: i32 = -40;

/// Where the payer is known by what they paid before, the surname …
pub(super) const KNOWN_SURNAME: i32 = 11;
/// … and with the initial. Another name says nothing then: it was another before.
pub(super) const KNOWN_FULL_NAME: i32 = 17;
/// The same of a firm, of which a part …
pub(super) const KNOWN_FIRM_IN_PART: i32 = 21;
/// … or all its words are there.
pub(super) const KNOWN_FIRM: i32 = 31;
/// Else another name, …
pub(super) const ANOTHER_NAME: i32 = -55;
/// … the surname, of one holder; less of more …
pub(super) const SURNAME: i32 = -9;
/// … and with the initial.
pub(super) const FULL_NAME: i32 = 36;

/// Of a firm some words, …
pub(super) const FIRM_IN_PART: i32 = -1;
/// … or all: few are called the same.
pub(super) const FIRM: i32 = 70;

/// The amount is all it owes.
pub(super) const BALANCE: i32 = 73;
/// The account paid the same before.
pub(super) const SAME_AMOUNT: i32 = 73;
/// It is its instalment.
pub(super) const INSTALMENT: i32 = 87;
