//! What most units of a file have in common, said once in its `let`: `systemd.services.docker-web = containerUnit // { … };`.

use crate::nix::{Binding, Expr, Item};

/// Fewer units of a kind are easier to read one by one.
const MANY: usize = 8;
/// The options that may be in common; the others are what a unit is there for.
const OPTIONS: [&str; 6] = ["after", "partOf", "wantedBy", "path", "unitConfig", "serviceConfig"];

/// A kind of units.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Of a container.
    Container,
    /// Of what is made once: a network, a volume, an image.
    Once,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Container => "containerUnit",
            Kind::Once => "onceUnit",
        }
    }

    /// True for an option that may be in common. What a container starts after belongs beside what it requires.
    fn shares(self, option: &Binding) -> bool {
        self == Kind::Once || option.path != ["after"]
    }

    fn what(self) -> &'static str {
        match self {
            Kind::Container => "What the units of most containers have.",
            Kind::Once => "What units have that run once, and stay as long as the project.",
        }
    }
}

/// The options of a unit that may be in common, in the order of [`OPTIONS`].
struct Unit<'u> {
    kind: Kind,
    options: [Option<&'u Binding>; OPTIONS.len()],
}

impl<'u> Unit<'u> {
    fn of(option: &'u Binding) -> Option<Self> {
        let ([systemd, services, _], Expr::Attrs(unit)) = (option.path.as_slice(), &option.value) else { return None };
        if systemd != "systemd" || services != "services" {
            return None;
        }
        let mut options = [None; OPTIONS.len()];
        for option in unit {
            if let [name] = option.path.as_slice()
                && let Some(place) = OPTIONS.iter().zip(&mut options).find_map(|(known, place)| (known == name).then_some(place))
            {
                *place = Some(option);
            }
        }
        let settings = options.iter().flatten().find_map(|option| match &option.value {
            Expr::Attrs(settings) if option.path == ["serviceConfig"] => Some(settings),
            _ => None,
        });
        let once = settings.into_iter().flatten().any(|setting| setting.path == ["Type"] && setting.value == Expr::text("oneshot"));
        Some(Self { kind: if once { Kind::Once } else { Kind::Container }, options })
    }

    /// True if it has all of these options, however they are set.
    fn has(&self, common: &[Option<Binding>]) -> bool {
        self.options.iter().zip(common).all(|(own, common)| own.is_some() || common.is_none())
    }
}

/// Takes out of the options of a file what most of its units have in common. Returned is what defines it.
pub(super) fn take(options: &mut [Binding]) -> Vec<Binding> {
    let units: Vec<Unit> = options.iter().filter_map(Unit::of).collect();
    let found: Vec<_> = [Kind::Container, Kind::Once].into_iter().filter_map(|kind| Some((kind, common(kind, &units)?))).collect();
    let mut definitions = Vec::new();
    for (kind, common) in found {
        for option in options.iter_mut() {
            if Unit::of(option).is_some_and(|unit| unit.kind == kind && unit.has(&common)) {
                refer(&mut option.value, kind, &common);
            }
        }
        let mut definition = Binding::new(kind.name(), Expr::Attrs(common.into_iter().flatten().collect()));
        definition.above.push(kind.what().to_owned());
        definitions.push(definition);
    }
    definitions
}

/// What most units of a kind have, if enough of them do.
fn common(kind: Kind, units: &[Unit]) -> Option<[Option<Binding>; OPTIONS.len()]> {
    let units: Vec<&Unit> = units.iter().filter(|unit| unit.kind == kind).collect();
    if units.len() < MANY {
        return None;
    }
    let common = std::array::from_fn(|number| most(number, &units).filter(|option| kind.shares(option)).cloned());
    let many = common.iter().flatten().count() > 1 && units.iter().filter(|unit| unit.has(&common)).count() >= MANY;
    many.then_some(common)
}

/// The option with this number as more than half of the units have it.
fn most<'u>(number: usize, units: &[&Unit<'u>]) -> Option<&'u Binding> {
    let all = || units.iter().filter_map(|unit| *unit.options.get(number)?);
    // Boyer and Moore: what more than half agree on is left if each vote cancels another one.
    let mut leader: Option<&Binding> = None;
    let mut votes = 0_usize;
    for option in all() {
        match leader {
            Some(known) if same(known, option) => votes += 1,
            _ if votes > 0 => votes -= 1,
            _ => (leader, votes) = (Some(option), 1),
        }
    }
    leader.filter(|leader| all().filter(|option| same(leader, option)).count() * 2 > units.len())
}

/// Leaves of the options of a unit what is not in common.
fn refer(unit: &mut Expr, kind: Kind, common: &[Option<Binding>]) {
    let name = Expr::name(kind.name());
    if let Expr::Attrs(mut rest) = std::mem::replace(unit, Expr::Null) {
        rest.retain(|own| !common.iter().flatten().any(|common| same(common, own)));
        *unit = if rest.is_empty() { name } else { Expr::Update(Box::new(name), Box::new(Expr::Attrs(rest))) };
    }
}

/// True if they say the same, and there is no comment in either.
fn same(a: &Binding, b: &Binding) -> bool {
    let bare = |x: &Binding| x.above.is_empty() && x.behind.is_none();
    a.path == b.path && bare(a) && bare(b) && same_value(&a.value, &b.value)
}

fn same_value(a: &Expr, b: &Expr) -> bool {
    let bare = |x: &Item| x.above.is_empty() && x.behind.is_none();
    match (a, b) {
        (Expr::Attrs(a), Expr::Attrs(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Expr::List(a), Expr::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| bare(a) && bare(b) && same_value(&a.value, &b.value))
        }
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(name: &str, options: Vec<Binding>) -> Binding {
        Binding::at(["systemd", "services", name], Expr::Attrs(options))
    }

    fn restarted(after: &str) -> Vec<Binding> {
        let service = vec![Binding::new("Restart", Expr::text("always")).about("restart")];
        vec![
            Binding::new("after", Expr::texts([after])),
            Binding::new("partOf", Expr::texts(["compose-shop.target"])),
            Binding::new("serviceConfig", Expr::Attrs(service)),
        ]
    }

    fn made(options: &[Binding]) -> Vec<String> {
        options.iter().map(|o| crate::nix::print(&o.value).replace('\n', " ")).collect()
    }

    #[test]
    fn what_most_units_have_is_said_once() {
        let mut options: Vec<Binding> = (0..9).map(|n| unit("docker-web", restarted(&format!("{n}.service")))).collect();
        options.push(Binding::at(["virtualisation", "docker", "enable"], Expr::Bool(true)));
        let found = take(&mut options);
        assert_eq!(made(&found), [r#"{   partOf = [ "compose-shop.target" ];   serviceConfig = {     Restart = "always";   }; } "#]);
        assert_eq!(made(&options)[8..], [r#"containerUnit // {   after = [ "8.service" ]; } "#, "true "]);
    }

    #[test]
    fn a_unit_that_says_less_or_has_a_comment_keeps_what_is_its_own() {
        let mut options: Vec<Binding> = (0..8).map(|_| unit("docker-web", restarted("a.service"))).collect();
        options.push(unit("docker-less", restarted("a.service")[..2].to_vec()));
        let mut commented = restarted("a.service");
        if let Expr::Attrs(settings) = &mut commented[2].value {
            settings[0].behind = Some("it crashes".to_owned());
        }
        options.push(unit("docker-commented", commented));
        assert_eq!(take(&mut options).len(), 1);
        assert_eq!(
            made(&options)[7..],
            [
                r#"containerUnit // {   after = [ "a.service" ]; } "#,
                r#"{   after = [ "a.service" ];   partOf = [ "compose-shop.target" ]; } "#,
                r#"containerUnit // {   after = [ "a.service" ];   serviceConfig = {     Restart = "always"; # it crashes   }; } "#,
            ]
        );
    }

    #[test]
    fn what_a_container_starts_after_stays_with_it() {
        let mut options: Vec<Binding> = (0..8).map(|_| unit("docker-web", restarted("docker-volume-data.service"))).collect();
        take(&mut options);
        assert_eq!(made(&options)[7], r#"containerUnit // {   after = [ "docker-volume-data.service" ]; } "#);
    }

    #[test]
    fn a_few_units_are_left_as_they_are() {
        let mut options: Vec<Binding> = (0..MANY - 1).map(|_| unit("docker-web", restarted("a.service"))).collect();
        let before = options.clone();
        assert_eq!(take(&mut options), []);
        assert_eq!(options, before);
    }
}
