//! What Compose makes of several documents (spec/resolve.md 7), on the written text: which piece of which document is in force. And the other
//! way round: what several environments have in common, so that each is again what the two parts merge to.
//!
//! Cautious: what cannot be told from the text is [`Stuck`], and the caller keeps the documents apart. The proof has the last word.

use super::layer::{Body, Layers, Piece};

/// Why something cannot be put together, or taken apart, on the text: completes "… was left in one piece, because …".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stuck(pub(super) String);

/// Paths (below the item) of what a later document replaces as a whole, or of what has rules of its own when it is merged.
const ATOMS: [&[&str]; 8] =
    [&["command"], &["entrypoint"], &["healthcheck", "test"], &["logging"], &["ipam"], &["build", "ssh"], &["gpus"], &["extends"]];
/// Single values that are short for a list, to which a later document adds.
const LISTS_IN_SHORT: [&str; 6] = ["dns", "dns_opt", "dns_search", "env_file", "label_file", "tmpfs"];
/// Lists of `NAME=value`.
const NAMED: [&str; 6] = ["environment", "labels", "annotations", "sysctls", "args", "additional_contexts"];

/// Lists that Compose turns into mappings: their order says nothing.
const UNORDERED: [&str; 3] = ["depends_on", "networks", "models"];

/// The split of one item over the environments.
pub(super) struct Split {
    /// What all have.
    pub(super) base: Option<Piece>,
    /// What each has beyond, in the order of the environments.
    pub(super) rests: Vec<Option<Piece>>,
}

impl Layers {
    /// What a later document makes of a piece; `None`: it is taken away.
    pub(super) fn merge(&self, earlier: Option<Piece>, later: Piece, path: &mut Vec<String>) -> Result<Option<Piece>, Stuck> {
        match self.tag(&later) {
            Some("!reset") => return Ok(None),
            Some("!override") if earlier.is_none() => return Ok(Some(later)),
            Some("!override") => return Err(Stuck("it is marked `!override`".to_owned())),
            _ => {}
        }
        let Some(earlier) = earlier else { return Ok(Some(later)) };
        if self.tag(&earlier).is_some() {
            return Err(Stuck("it is marked `!reset` or `!override`".to_owned()));
        }
        if replaced(path) && !at(path, &["logging"]) {
            return Ok(Some(later));
        }
        let parent = path.len().checked_sub(2).and_then(|i| path.get(i)).map(String::as_str);
        if parent.is_some_and(|p| p == "ulimits" || NAMED.contains(&p)) {
            return Ok(Some(later));
        }
        if self.is_null(&later) {
            return Ok(Some(earlier));
        }
        if self.is_null(&earlier) {
            return Ok(Some(later));
        }
        if at(path, &["logging"]) {
            return self.logging(earlier, later, path).map(Some);
        }
        let name = path.last().cloned().unwrap_or_default();
        match (self.opened(&earlier), self.opened(&later)) {
            (Body::Map(a), Body::Map(b)) => {
                if at(path, &["ipam"]) {
                    return Err(Stuck("two files define its `ipam`".to_owned()));
                }
                let children = self.merge_maps(a, b, path)?;
                Ok(Some(Piece {
                    name: later.name,
                    heads: joined(earlier.heads, later.heads),
                    body: Body::Map(children),
                    added: Vec::new(),
                }))
            }
            (Body::List(a), Body::List(b)) => {
                let children = self.merge_lists(a, b, &name);
                Ok(Some(Piece {
                    name: later.name,
                    heads: joined(earlier.heads, later.heads),
                    body: Body::List(children),
                    added: Vec::new(),
                }))
            }
            (Body::Whole, Body::Whole) if !LISTS_IN_SHORT.contains(&name.as_str()) || self.same(&earlier, &later) => Ok(Some(later)),
            _ => Err(Stuck(format!("two files write its `{name}` in different forms"))),
        }
    }

    fn logging(&self, earlier: Piece, later: Piece, path: &mut Vec<String>) -> Result<Piece, Stuck> {
        let (Body::Map(a), Body::Map(b)) = (self.opened(&earlier), self.opened(&later)) else {
            return Err(Stuck("two files write its `logging` in different forms".to_owned()));
        };
        let driver = |of: &[Piece]| of.iter().find(|c| c.name == "driver").map(|c| self.scalar(c).unwrap_or_default().to_owned());
        if let (Some(x), Some(y)) = (driver(&a), driver(&b))
            && x != y
        {
            return Ok(later);
        }
        let children = self.merge_maps(a, b, path)?;
        Ok(Piece { name: later.name, heads: joined(earlier.heads, later.heads), body: Body::Map(children), added: Vec::new() })
    }

    fn merge_maps(&self, mut a: Vec<Piece>, b: Vec<Piece>, path: &mut Vec<String>) -> Result<Vec<Piece>, Stuck> {
        if a.iter().chain(&b).any(|c| c.name == "<<") {
            a = self.without_merge_keys(a)?;
        }
        let b = if b.iter().any(|c| c.name == "<<") { self.without_merge_keys(b)? } else { b };
        let mut out: Vec<Option<Piece>> = a.into_iter().map(Some).collect();
        for later in b {
            path.push(later.name.clone());
            let slot = out.iter().position(|c| c.as_ref().is_some_and(|c| c.name == later.name));
            let merged = self.merge(slot.and_then(|i| out.get_mut(i)?.take()), later, path);
            path.pop();
            match (slot, merged?) {
                (Some(index), merged) => {
                    if let Some(slot) = out.get_mut(index) {
                        *slot = merged;
                    }
                }
                (None, Some(new)) => out.push(Some(new)),
                (None, None) => {}
            }
        }
        Ok(out.into_iter().flatten().collect())
    }

    fn merge_lists(&self, a: Vec<Piece>, b: Vec<Piece>, name: &str) -> Vec<Piece> {
        let mut out = a;
        for item in b {
            let key = self.item_key(&item, name);
            match out.iter_mut().find(|c| self.item_key(c, name) == key) {
                Some(slot) => *slot = item,
                None => out.push(item),
            }
        }
        out
    }

    /// By what Compose takes two items of a list for the same. Where that cannot be told from the text, the text itself: Compose then finds
    /// out, since both are in one list.
    fn item_key(&self, item: &Piece, list: &str) -> String {
        if NAMED.contains(&list) {
            return item.name.split('=').next().unwrap_or_default().to_owned();
        }
        if list == "volumes" {
            let target = item.heads.first().and_then(|head| {
                let layer = self.get(head.layer)?;
                layer.tree.get(head.value, "target").and_then(|id| layer.tree.text(id)).map(str::to_owned)
            });
            let short = || {
                let mut parts = item.name.split(':');
                let (first, second) = (parts.next()?, parts.next());
                (!item.name.contains("${")).then(|| second.unwrap_or(first).to_owned())
            };
            return target.or_else(short).map_or_else(|| item.name.clone(), |t| t.trim_end_matches('/').to_owned());
        }
        item.name.clone()
    }

    /// Entries with what `<<` brings among them.
    pub(super) fn without_merge_keys(&self, entries: Vec<Piece>) -> Result<Vec<Piece>, Stuck> {
        let stuck = || Stuck("a `<<` in it cannot be written out".to_owned());
        let own: Vec<String> = entries.iter().map(|e| e.name.clone()).collect();
        let mut out: Vec<Piece> = Vec::new();
        for entry in entries {
            if entry.name != "<<" {
                out.push(entry);
                continue;
            }
            let sources = match self.opened(&entry) {
                Body::Map(children) => vec![children],
                Body::List(items) => {
                    let open = |item: &Piece| match self.opened(item) {
                        Body::Map(children) => Some(children),
                        _ => None,
                    };
                    items.iter().map(open).collect::<Option<Vec<_>>>().ok_or_else(stuck)?
                }
                Body::Whole => return Err(stuck()),
            };
            for children in sources {
                for child in self.without_merge_keys(children)? {
                    // What is written here, and what an earlier one brings, counts more.
                    if !own.contains(&child.name) && !out.iter().any(|c| c.name == child.name) {
                        out.push(child);
                    }
                }
            }
        }
        Ok(out)
    }

    /// What some environments have in common, and what each has beyond.
    pub(super) fn split(&self, environments: &[Piece], path: &mut Vec<String>) -> Result<Split, Stuck> {
        let Some((first, others)) = environments.split_first() else { return Ok(Split { base: None, rests: Vec::new() }) };
        let apart = || Split { base: None, rests: environments.iter().cloned().map(Some).collect() };
        if others.iter().all(|other| self.same(first, other)) {
            return Ok(Split { base: Some(first.clone()), rests: vec![None; environments.len()] });
        }
        if at(path, &["extends"]) {
            return Err(Stuck("it extends something else in each environment".to_owned()));
        }
        let parent = path.len().checked_sub(2).and_then(|i| path.get(i)).map(String::as_str);
        if replaced(path) || parent == Some("ulimits") || environments.iter().any(|e| self.tag(e).is_some()) {
            return Ok(apart());
        }
        let bodies: Vec<Body> = environments.iter().map(|e| self.opened(e)).collect();
        let maps: Option<Vec<Vec<Piece>>> = bodies.iter().map(|b| if let Body::Map(c) = b { Some(c.clone()) } else { None }).collect();
        if let Some(maps) = maps {
            return self.split_maps(environments, maps, path);
        }
        let lists: Option<Vec<&Vec<Piece>>> = bodies.iter().map(|b| if let Body::List(c) = b { Some(c) } else { None }).collect();
        let Some(lists) = lists else { return Ok(apart()) };
        let name = path.last().map(String::as_str).unwrap_or_default();
        let common: Vec<Piece> = if NAMED.contains(&name) || UNORDERED.contains(&name) {
            let everywhere = |item: &&Piece| lists.iter().all(|l| l.iter().any(|other| self.same(item, other)));
            lists.first().into_iter().flat_map(|l| l.iter()).filter(everywhere).cloned().collect()
        } else {
            // Compose appends: what all begin with is common, and the order stays.
            let at = |i: usize| lists.iter().map(move |l| l.get(i));
            let same_at = |i: &usize| {
                let first = at(*i).next().flatten();
                first.is_some_and(|first| at(*i).all(|other| other.is_some_and(|other| self.same(first, other))))
            };
            let shortest = lists.iter().map(|l| l.len()).min().unwrap_or(0);
            let count = (0..shortest).take_while(same_at).count();
            lists.first().and_then(|l| l.get(..count)).unwrap_or_default().to_vec()
        };
        if common.is_empty() {
            return Ok(apart());
        }
        let part = |piece: &Piece, items: Vec<Piece>| Piece { body: Body::List(items), ..piece.clone() };
        let rest = |(piece, list): (&Piece, &&Vec<Piece>)| {
            let items: Vec<Piece> = list.iter().filter(|item| !common.iter().any(|c| self.same(c, item))).cloned().collect();
            (!items.is_empty()).then(|| part(piece, items))
        };
        let rests = environments.iter().zip(&lists).map(rest).collect();
        Ok(Split { base: Some(part(first, common)), rests })
    }

    fn split_maps(&self, environments: &[Piece], mut maps: Vec<Vec<Piece>>, path: &mut Vec<String>) -> Result<Split, Stuck> {
        let merges = |map: &Vec<Piece>| map.iter().find(|c| c.name == "<<").cloned();
        if maps.iter().any(|m| merges(m).is_some()) && !self.merges_alike(&maps)? {
            maps = maps.into_iter().map(|m| self.without_merge_keys(m)).collect::<Result<_, _>>()?;
        }
        let mut names: Vec<String> = Vec::new();
        for child in maps.iter().flatten() {
            if !names.contains(&child.name) {
                names.push(child.name.clone());
            }
        }
        let mut base = Vec::new();
        let mut rests: Vec<Vec<Piece>> = vec![Vec::new(); maps.len()];
        for name in names {
            let having: Vec<Option<&Piece>> = maps.iter().map(|m| m.iter().find(|c| c.name == name)).collect();
            let everywhere: Option<Vec<Piece>> = having.iter().map(|c| c.cloned()).collect();
            let Some(all) = everywhere else {
                if name == "extends" {
                    return Err(Stuck("it extends another service in some environments only".to_owned()));
                }
                for (rest, child) in rests.iter_mut().zip(having) {
                    rest.extend(child.cloned());
                }
                continue;
            };
            path.push(name);
            let split = self.split(&all, path);
            path.pop();
            let split = split?;
            base.extend(split.base);
            for (rest, child) in rests.iter_mut().zip(split.rests) {
                rest.extend(child);
            }
        }
        if base.is_empty() {
            return Ok(Split { base: None, rests: environments.iter().cloned().map(Some).collect() });
        }
        let part = |piece: &Piece, children: Vec<Piece>| Piece { body: Body::Map(children), ..piece.clone() };
        let base = environments.first().map(|first| part(first, base));
        let rests = environments.iter().zip(rests).map(|(piece, rest)| (!rest.is_empty()).then(|| part(piece, rest))).collect();
        Ok(Split { base, rests })
    }

    /// True if all have the same `<<`, and nothing that they differ in is also brought by it.
    fn merges_alike(&self, maps: &[Vec<Piece>]) -> Result<bool, Stuck> {
        let of = |map: &Vec<Piece>| map.iter().find(|c| c.name == "<<").cloned();
        let Some(merges) = maps.iter().map(of).collect::<Option<Vec<Piece>>>() else { return Ok(false) };
        let Some((first, others)) = merges.split_first() else { return Ok(false) };
        if !others.iter().all(|other| self.same(first, other)) {
            return Ok(false);
        }
        let brought: Vec<String> = self.without_merge_keys(vec![first.clone()])?.into_iter().map(|c| c.name).collect();
        let differs = |name: &String| {
            let having: Vec<Option<&Piece>> = maps.iter().map(|m| m.iter().find(|c| c.name == *name)).collect();
            match having.split_first() {
                Some((Some(first), others)) => !others.iter().all(|o| o.is_some_and(|o| self.same(first, o))),
                Some((None, others)) => others.iter().any(Option::is_some),
                None => false,
            }
        };
        Ok(!brought.iter().any(differs))
    }
}

fn joined<T: PartialEq>(mut a: Vec<T>, b: Vec<T>) -> Vec<T> {
    for item in b {
        if !a.contains(&item) {
            a.push(item);
        }
    }
    a
}

/// True if a path (section, name, keys …) is this one of a service or network.
fn at(path: &[String], keys: &[&str]) -> bool {
    path.get(2..).is_some_and(|below| below.len() == keys.len() && below.iter().zip(keys).all(|(a, b)| a == b))
}

fn replaced(path: &[String]) -> bool {
    ATOMS.iter().any(|atom| at(path, atom))
}
