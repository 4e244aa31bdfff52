//! An event as it was sealed: two canonical halves that join, each left as the text it is.

use std::borrow::Cow;

use crate::document::{Document, View, string};
use crate::event::{Event, EventError, Kind};
use crate::id::AuditId;
use crate::joined::Joined;
use crate::time::Time;

/// The halves of an event, read and found to join.
#[derive(Clone, Debug)]
pub(crate) struct Halves {
    /// What happened.
    pub(crate) kind: Kind,
    /// The run, or `None` for an event about the log.
    pub(crate) audit_id: Option<AuditId>,
    /// When.
    pub(crate) time: Time,
    texts: Texts,
}

#[derive(Clone, Debug)]
struct Texts {
    public: Document,
    private: Option<Document>,
}

impl Halves {
    /// Reads what [`Event::from_halves`] reads.
    pub(crate) fn read(public: &[u8], private: Option<&[u8]>) -> Option<Self> {
        let public = Document::read(public.to_vec())?;
        let private = match private {
            Some(private) => Some(Document::read(private.to_vec())?),
            None => None,
        };
        let texts = Texts { public, private };
        if !texts.fit_plainly() {
            texts.join()?;
        }
        let audit_id = match texts.member("audit_id")? {
            id if id == "null" => None,
            id => Some(AuditId::parse(&string(&id)?)?),
        };
        let kind = Kind::parse(&string(&texts.member("kind")?)?)?;
        let time = Time::parse(&string(&texts.member("time")?)?)?;
        Some(Self { kind, audit_id, time, texts })
    }

    /// Returns everything that the event says beside its run, kind and time.
    pub(crate) fn members(&self) -> Option<Joined<'_>> {
        let mut body = self.texts.join()?;
        for name in ["audit_id", "kind", "time"] {
            drop(body.remove(name));
        }
        Some(body)
    }

    /// Returns the text of a member of a member; neither name needs an escape.
    pub(crate) fn text(&self, group: &str, name: &str) -> Option<String> {
        let Some(members) = self.texts.public.root().get(group) else {
            return Some(self.members()?.get(group)?.get(name)?.string()?.into_owned());
        };
        let member = members.get(name).or_else(|| {
            let private = self.texts.private.as_ref()?.root();
            private.get(&format!("/{group}/{name}"))
        });
        Some(member?.string()?.into_owned())
    }

    /// Reads the event.
    ///
    /// # Errors
    /// None, once read.
    pub(crate) fn to_event(&self) -> Result<Event, EventError> {
        let text = |half: &Document| half.root().text().as_bytes().to_vec();
        let Texts { public, private } = &self.texts;
        Event::from_halves(&text(public), private.as_ref().map(text).as_deref())
    }
}

impl Texts {
    /// Puts the private half back into the public one; `None` where it does not fit.
    fn join(&self) -> Option<Joined<'_>> {
        let mut body = Joined::As(self.public.root());
        if let Some(private) = &self.private {
            for (pointer, member) in private.root().members()? {
                body.put(pointer.0, Joined::As(member))?;
            }
        }
        Some(body)
    }

    /// Whether every private member has its parent in the public half and its place free there, so
    /// that they join whatever the others are.
    fn fit_plainly(&self) -> bool {
        let Some(private) = &self.private else { return true };
        let Some(mut members) = private.root().members() else { return false };
        members.all(|(pointer, _)| {
            let parent = pointer.0.rsplit_once('/').and_then(|(parent, name)| {
                let parts = parent.strip_prefix('/').map(|parent| parent.split('/'));
                let start = if parent.is_empty() || parts.is_some() {
                    self.public.root()
                } else {
                    return None;
                };
                let object = parts.into_iter().flatten().try_fold(start, step)?;
                Some((object, name))
            });
            let plain = !pointer.0.contains('~');
            plain
                && parent.is_some_and(|(object, name)| {
                    object.members().is_some() && object.get(name).is_none()
                })
        })
    }

    /// Returns the canonical text of a member of the whole body.
    fn member(&self, name: &str) -> Option<Cow<'_, str>> {
        match self.public.root().get(name) {
            Some(member) => Some(Cow::Borrowed(member.text())),
            None => Some(Cow::Owned(self.join()?.get(name)?.text().into_owned())),
        }
    }
}

/// Goes one part of a JSON Pointer down.
fn step<'text>(view: View<'text>, part: &str) -> Option<View<'text>> {
    if view.members().is_some() {
        return view.get(part);
    }
    let plain = part.len() == 1 || !part.starts_with(['0', '+']);
    view.items()?.nth(part.parse::<usize>().ok().filter(|_| plain)?)
}
