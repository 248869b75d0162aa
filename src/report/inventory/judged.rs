//! What follows for a stack, for people: how it stands against the standard, and how it could be placed.

use super::Stack;

/// The rows of a block: a title, which is empty where the row goes on, and a text.
pub(super) fn rows(stack: &Stack) -> Vec<(&'static str, String)> {
    let mut out = Vec::new();
    if let Some(standard) = &stack.standard {
        out.push(("standard", format!("{} of {}", standard.kept, standard.points.len())));
        let open = standard.points.iter().filter(|p| !p.kept);
        out.extend(open.map(|p| ("", format!("{}: {}", p.name, p.because))));
    }
    if let Some(strategy) = &stack.strategy {
        let ways: Vec<String> = strategy.ways.iter().map(|w| format!("{} ({})", w.name, w.cost)).collect();
        out.push(("placing", ways.join(" < ")));
        if let Some(best) = strategy.ways.first() {
            out.push(("", format!("{}: {}", best.name, best.reasons_for.join("; "))));
            out.push(("", format!("but {}", best.reasons_against.join("; "))));
        }
        // The others are there to be compared: what speaks against each of them.
        let others = strategy.ways.iter().skip(1).filter(|w| !w.reasons_against.is_empty());
        out.extend(others.map(|w| ("", format!("not {}: {}", w.name, w.reasons_against.join("; ")))));
    }
    out
}
