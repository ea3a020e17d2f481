//! The compact tree that a check leaves: 20 bytes an element, values stay in the body.
//! Holds only elements that the schema knows in their place; it cannot be changed.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::name::{Name, Vocabulary};
use super::text;

/// One element. `end` of its subtree is the index after its last descendant.
#[derive(Clone, Copy, Debug)]
struct Slot {
    name: Name,
    parent: u32,
    next: u32,
    start: u32,
    end: u32,
}

const NONE: u32 = u32::MAX;

/// The elements of a tree without the body that their values stand in.
pub(crate) struct Elements {
    slots: Vec<Slot>,
    words: Arc<Vocabulary>,
    body_bytes: usize,
}

impl fmt::Debug for Elements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Elements({})", self.slots.len())
    }
}

impl Elements {
    /// The tree with its body, of which the tree may hold the end only. `None`: the body is shorter than that.
    pub(crate) fn attach(self, body: &str) -> Option<Tree<'_>> {
        let begin = body.len().checked_sub(self.body_bytes)?;
        Some(Tree {
            body: body.get(begin..)?,
            slots: self.slots,
            words: self.words,
        })
    }
}

/// The elements of a checked body, in document order.
pub struct Tree<'b> {
    body: &'b str,
    slots: Vec<Slot>,
    words: Arc<Vocabulary>,
}

impl fmt::Debug for Tree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tree")
            .field("elements", &self.slots.len())
            .finish_non_exhaustive()
    }
}

impl<'b> Tree<'b> {
    pub(crate) fn new(body: &'b str, words: Arc<Vocabulary>) -> Self {
        Self {
            body,
            slots: Vec::new(),
            words,
        }
    }

    pub(crate) fn detach(self) -> Elements {
        Elements {
            body_bytes: self.body.len(),
            slots: self.slots,
            words: self.words,
        }
    }

    /// Begins an element below `parent` whose content starts at byte `start`; gives its index.
    pub(crate) fn open(&mut self, name: Name, parent: u32, start: usize) -> u32 {
        let index = narrow(self.slots.len());
        let start = narrow(start);
        self.slots.push(Slot {
            name,
            parent,
            next: NONE,
            start,
            end: start,
        });
        index
    }

    /// Ends the element: its content ends at byte `end`.
    pub(crate) fn close(&mut self, index: u32, end: usize) {
        let next = narrow(self.slots.len());
        if let Some(slot) = self.slots.get_mut(index as usize) {
            slot.end = narrow(end);
            slot.next = next;
        }
    }

    /// The index for "no parent".
    pub(crate) const fn outside() -> u32 {
        NONE
    }

    /// The text that the tree was read from.
    pub(crate) const fn body(&self) -> &'b str {
        self.body
    }

    /// The root element, when the body has one of a known kind.
    pub fn root(&self) -> Option<Node<'_>> {
        self.node(0)
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Every element in document order.
    pub fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        (0..self.slots.len())
            .filter_map(|index| u32::try_from(index).ok().and_then(|index| self.node(index)))
    }

    /// Bytes that the tree holds beside the body.
    pub fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Slot>()
    }

    /// The element with this number: see [`Node::number`].
    pub fn node(&self, index: u32) -> Option<Node<'_>> {
        let slot = self.slots.get(index as usize)?;
        Some(Node {
            tree: self,
            index,
            slot,
        })
    }
}

/// A body has fewer than 2^32 bytes (`check` sees to it), and so fewer elements.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(NONE)
}

/// One element of a [`Tree`]; small, copied freely.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree<'t>,
    index: u32,
    slot: &'t Slot,
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Node({})", self.name())
    }
}

impl<'t> Node<'t> {
    /// Local name: `ToewijzingNummer`.
    pub fn name(self) -> &'t str {
        self.tree.words.local_text(self.slot.name.local)
    }

    /// Namespace URI.
    pub fn namespace(self) -> &'t str {
        self.tree.words.space_text(self.slot.name.space)
    }

    /// Value of an element without child elements, as XML defines it: references and CDATA
    /// resolved, comments left out, line ends as LF. White space is kept, also where the type
    /// collapses it.
    pub fn text(self) -> Cow<'t, str> {
        text::value(self.raw())
    }

    /// Content between the tags, as in the body.
    pub fn raw(self) -> &'t str {
        self.tree.body.get(self.range()).unwrap_or_default()
    }

    /// Byte range of the content in the body (after a byte order mark, if it has one, counted).
    pub fn range(self) -> Range<usize> {
        self.slot.start as usize..self.slot.end as usize
    }

    /// Its number in document order; the root is 0.
    pub fn number(self) -> u32 {
        self.index
    }

    /// The numbers of itself and everything inside it.
    pub(crate) fn numbers(self) -> Range<u32> {
        // An element that was never closed (the body broke off) has all that follows below it.
        let end = self.slot.next.min(narrow(self.tree.slots.len()));
        self.index..end
    }

    /// Number of its local name in the vocabulary of the loaded schemas.
    pub(crate) fn local(self) -> u16 {
        self.slot.name.local
    }

    /// The element around it; `None` for the root.
    pub fn parent(self) -> Option<Self> {
        self.tree.node(self.slot.parent)
    }

    /// Local and namespace name as numbers.
    pub(crate) const fn key(self) -> Name {
        self.slot.name
    }

    /// The element and those after it below the same parent, in document order.
    pub(crate) fn and_later_siblings(self) -> Children<'t> {
        Children {
            tree: self.tree,
            next: self.index,
            end: self
                .parent()
                .map_or(self.slot.next, |parent| parent.slot.next),
        }
    }

    /// Child elements in document order.
    pub fn children(self) -> Children<'t> {
        Children {
            tree: self.tree,
            next: self.index + 1,
            end: self.slot.next,
        }
    }

    /// The first child element with this local name.
    pub fn child(self, name: &str) -> Option<Self> {
        let number = self.tree.words.local(name);
        self.children()
            .find(|child| child.slot.name.local == number)
    }

    /// The first element down a path of local names: `BerichtIdentificatie/Identificatie`.
    pub fn find(self, path: &str) -> Option<Self> {
        path.split('/').try_fold(self, Self::child)
    }
}

/// Child elements of a [`Node`].
#[derive(Clone, Debug)]
pub struct Children<'t> {
    tree: &'t Tree<'t>,
    next: u32,
    end: u32,
}

impl<'t> Iterator for Children<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        if self.next >= self.end {
            return None;
        }
        let node = self.tree.node(self.next)?;
        // An element that was never closed (the body broke off) has all that follows below it.
        self.next = node.slot.next;
        Some(node)
    }
}
