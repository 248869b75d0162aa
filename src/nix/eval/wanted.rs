//! What functions of the library need of their arguments. A reference is not known, and with it what they give.

use super::{Attrs, Eval, Evaluator, REFERENCE, Rc, Stop, Thunk, V, wrong};

impl Evaluator<'_> {
    pub(super) fn want_list(&mut self, thunk: &Thunk) -> Eval<Rc<Vec<Thunk>>> {
        match self.force(thunk)? {
            V::List(items) => {
                self.spend(items.len())?;
                Ok(items)
            }
            V::Reference(_) => Err(Stop::Unknown),
            _ => wrong("a list is needed here"),
        }
    }

    pub(super) fn want_attrs(&mut self, thunk: &Thunk) -> Eval<Rc<Attrs>> {
        match self.force(thunk)? {
            V::Attrs(attrs) => {
                self.spend(attrs.len())?;
                Ok(attrs)
            }
            V::Reference(_) => Err(Stop::Unknown),
            _ => wrong("a set is needed here"),
        }
    }

    pub(super) fn want_int(&mut self, thunk: &Thunk) -> Eval<i64> {
        match self.force(thunk)? {
            V::Int(n) => Ok(n),
            V::Reference(_) => Err(Stop::Unknown),
            _ => wrong("a number is needed here"),
        }
    }

    pub(super) fn want_size(&mut self, thunk: &Thunk) -> Eval<usize> {
        let n = self.want_int(thunk)?;
        usize::try_from(n).or_else(|_| if n < 0 { Ok(0) } else { wrong("the number is too large") })
    }

    /// `None`: what only the host knows.
    pub(super) fn want_bool(&mut self, thunk: &Thunk) -> Eval<Option<bool>> {
        match self.force(thunk)? {
            V::Bool(v) => Ok(Some(v)),
            V::Reference(_) => Ok(None),
            _ => wrong("true or false is needed here"),
        }
    }

    /// A text, which may have references in it.
    pub(super) fn want_text(&mut self, thunk: &Thunk) -> Eval<Rc<str>> {
        let value = self.force(thunk)?;
        let text = match value {
            V::Str(text) => text,
            value => self.interpolated(value)?.into(),
        };
        self.spend(text.len() / 16)?;
        Ok(text)
    }

    /// A text without references in it.
    pub(super) fn want_plain(&mut self, thunk: &Thunk) -> Eval<Rc<str>> {
        let text = self.want_text(thunk)?;
        if text.contains(REFERENCE.0) { Err(Stop::Unknown) } else { Ok(text) }
    }

    pub(super) fn call(&mut self, function: &Thunk, arguments: Vec<Thunk>) -> Eval<V> {
        let function = self.force(function)?;
        self.deeper(|eval| eval.apply_all(function, arguments))
    }

    pub(super) fn later(&mut self, function: &Thunk, arguments: Vec<Thunk>) -> Eval<Thunk> {
        let function = self.force(function)?;
        Ok(Thunk::call(function, arguments))
    }

    /// What `toString` makes of a value.
    pub(super) fn as_text(&mut self, value: V) -> Eval<String> {
        Ok(match value {
            V::Null => String::new(),
            V::Bool(v) => if v { "1" } else { "" }.to_owned(),
            V::Int(n) => n.to_string(),
            V::Float(n) => format!("{n:.6}"),
            V::Path(path) => path.to_string(),
            V::List(items) => {
                let mut words = Vec::with_capacity(items.len());
                for item in items.iter() {
                    let value = self.force(item)?;
                    words.push(self.deeper(|eval| eval.as_text(value))?);
                }
                words.join(" ")
            }
            other => self.interpolated(other)?,
        })
    }

    pub(super) fn texts(&mut self, list: &Thunk) -> Eval<Vec<Rc<str>>> {
        let items = self.want_list(list)?;
        items.iter().map(|i| self.want_text(i)).collect()
    }

    pub(super) fn pair(&mut self, thunk: &Thunk) -> Eval<(Rc<str>, Thunk)> {
        let pair = self.want_attrs(thunk)?;
        match (pair.get("name"), pair.get("value")) {
            (Some(name), Some(value)) => Ok((self.want_text(name)?, value.clone())),
            _ => wrong("a set with name and value is needed here"),
        }
    }

    pub(super) fn paired(&mut self, pairs: impl IntoIterator<Item = Thunk>) -> Eval<V> {
        let mut all = Attrs::default();
        for pair in pairs {
            let (name, value) = self.pair(&pair)?;
            all.entry(name).or_insert(value);
        }
        Ok(V::attrs(all))
    }

    pub(super) fn update_deep(&mut self, a: &Thunk, b: &Thunk) -> Eval<V> {
        let (a, b) = (self.force(a)?, self.force(b)?);
        let (V::Attrs(a), V::Attrs(b)) = (&a, &b) else { return Ok(b) };
        self.spend(a.len() + b.len())?;
        let mut all = (**a).clone();
        for (name, value) in b.iter() {
            let value = match all.get(name) {
                Some(before) => Thunk::Done(self.deeper(|eval| eval.update_deep(before, value))?),
                None => value.clone(),
            };
            all.insert(Rc::clone(name), value);
        }
        Ok(V::attrs(all))
    }
}
