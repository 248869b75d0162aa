//! `a + b` and the like.

use std::path::Path;

use super::render::word;
use super::{Eval, Evaluator, Node, Operator, Rc, Scope, V, normal, reference, wrong};

impl Evaluator<'_> {
    pub(super) fn binary(&mut self, operator: Operator, left: &Rc<Node>, right: &Rc<Node>, scope: &Scope) -> Eval<V> {
        let a = self.inner(left, scope)?;
        // What the second is does not matter if the first one decides.
        match (operator, &a) {
            (Operator::And, V::Bool(false)) => return Ok(V::Bool(false)),
            (Operator::Or, V::Bool(true)) | (Operator::Implies, V::Bool(false)) => return Ok(V::Bool(true)),
            _ => {}
        }
        let b = self.inner(right, scope)?;
        self.operation(operator, &a, &b)
    }

    fn operation(&mut self, operator: Operator, a: &V, b: &V) -> Eval<V> {
        Ok(match (operator, a, b) {
            (Operator::Add, V::Str(text), V::Reference(_) | V::Path(_)) => {
                let more = self.interpolated(b.clone())?;
                V::Str(format!("{text}{more}").into())
            }
            (Operator::Add, V::Reference(text), V::Str(more)) => V::Str(format!("{}{more}", reference(text)).into()),
            (Operator::And | Operator::Implies, V::Bool(true), V::Bool(_) | V::Reference(_))
            | (Operator::Or, V::Bool(false), V::Bool(_) | V::Reference(_)) => b.clone(),
            (Operator::Equal | Operator::Unequal, a, b) => match self.equal(a, b)? {
                Some(equal) => V::Bool(equal == (operator == Operator::Equal)),
                None => self.unknown(operator, a, b)?,
            },
            (_, V::Reference(_), _) | (_, _, V::Reference(_)) => self.unknown(operator, a, b)?,
            (Operator::Concat, V::List(a), V::List(b)) => {
                self.spend(a.len() + b.len())?;
                V::list(a.iter().chain(b.iter()).cloned().collect())
            }
            (Operator::Update, V::Attrs(a), V::Attrs(b)) => {
                self.spend(a.len() + b.len())?;
                let mut all = (**a).clone();
                all.extend(b.iter().map(|(k, v)| (Rc::clone(k), v.clone())));
                V::attrs(all)
            }
            (Operator::Add, V::Str(a), V::Str(b)) => {
                self.spend((a.len() + b.len()) / 16)?;
                V::Str(format!("{a}{b}").into())
            }
            (Operator::Add, V::Path(a), V::Str(b) | V::Path(b)) => {
                self.spend((a.len() + b.len()) / 16)?;
                V::Path(normal(Path::new(&format!("{a}{b}"))).to_string_lossy().as_ref().into())
            }
            (_, V::Int(a), V::Int(b)) => integers(operator, *a, *b)?,
            (_, V::Int(_) | V::Float(_), V::Int(_) | V::Float(_)) => floats(operator, a, b)?,
            (Operator::Less, V::Str(a), V::Str(b)) => V::Bool(a < b),
            (Operator::LessOrEqual, V::Str(a), V::Str(b)) => V::Bool(a <= b),
            (Operator::More, V::Str(a), V::Str(b)) => V::Bool(a > b),
            (Operator::MoreOrEqual, V::Str(a), V::Str(b)) => V::Bool(a >= b),
            _ => return wrong(format!("the two sides of {} do not go together", operator.sign())),
        })
    }

    fn unknown(&mut self, operator: Operator, a: &V, b: &V) -> Eval<V> {
        let (a, b) = (self.value_text(a)?, self.value_text(b)?);
        self.spend((a.len() + b.len()) / 16)?;
        Ok(V::Reference(format!("{} {} {}", word(&a), operator.sign(), word(&b)).into()))
    }

    /// True if both are the same; `None` if that is not known.
    pub(super) fn equal(&mut self, a: &V, b: &V) -> Eval<Option<bool>> {
        self.spend(1)?;
        Ok(match (a, b) {
            (V::Reference(a), V::Reference(b)) if a == b => Some(true),
            (V::Reference(_), _) | (_, V::Reference(_)) => None,
            (V::Null, V::Null) => Some(true),
            (V::Bool(a), V::Bool(b)) => Some(a == b),
            (V::Int(a), V::Int(b)) => Some(a == b),
            (V::Int(_) | V::Float(_), V::Int(_) | V::Float(_)) => Some(number(a).total_cmp(&number(b)).is_eq()),
            (V::Str(a), V::Str(b)) | (V::Path(a), V::Path(b)) => {
                if a == b || !(a.contains(super::REFERENCE.0) || b.contains(super::REFERENCE.0)) { Some(a == b) } else { None }
            }
            (V::List(a), V::List(b)) => {
                if a.len() != b.len() {
                    return Ok(Some(false));
                }
                let mut all = Some(true);
                for (a, b) in a.iter().zip(b.iter()) {
                    let (a, b) = (self.force(a)?, self.force(b)?);
                    match self.deeper(|eval| eval.equal(&a, &b))? {
                        Some(true) => {}
                        Some(false) => return Ok(Some(false)),
                        None => all = None,
                    }
                }
                all
            }
            (V::Attrs(a), V::Attrs(b)) => {
                if a.len() != b.len() {
                    return Ok(Some(false));
                }
                let mut all = Some(true);
                for (name, a) in a.iter() {
                    let Some(b) = b.get(name) else { return Ok(Some(false)) };
                    let (a, b) = (self.force(a)?, self.force(b)?);
                    match self.deeper(|eval| eval.equal(&a, &b))? {
                        Some(true) => {}
                        Some(false) => return Ok(Some(false)),
                        None => all = None,
                    }
                }
                all
            }
            _ => Some(false),
        })
    }
}

#[allow(clippy::cast_precision_loss)] // Nix does the same.
fn number(v: &V) -> f64 {
    match v {
        V::Int(n) => *n as f64,
        V::Float(n) => *n,
        _ => f64::NAN,
    }
}

fn floats(operator: Operator, a: &V, b: &V) -> Eval<V> {
    let (a, b) = (number(a), number(b));
    Ok(match operator {
        Operator::Add => V::Float(a + b),
        Operator::Sub => V::Float(a - b),
        Operator::Mul => V::Float(a * b),
        Operator::Div if b == 0.0 => return wrong("nothing can be divided by 0"),
        Operator::Div => V::Float(a / b),
        Operator::Less => V::Bool(a < b),
        Operator::LessOrEqual => V::Bool(a <= b),
        Operator::More => V::Bool(a > b),
        Operator::MoreOrEqual => V::Bool(a >= b),
        _ => return wrong(format!("the two sides of {} do not go together", operator.sign())),
    })
}

fn integers(operator: Operator, a: i64, b: i64) -> Eval<V> {
    let number = |n: Option<i64>| n.map_or_else(|| wrong("the number is too large"), |n| Ok(V::Int(n)));
    match operator {
        Operator::Add => number(a.checked_add(b)),
        Operator::Sub => number(a.checked_sub(b)),
        Operator::Mul => number(a.checked_mul(b)),
        Operator::Div if b == 0 => wrong("nothing can be divided by 0"),
        Operator::Div => number(a.checked_div(b)),
        Operator::Less => Ok(V::Bool(a < b)),
        Operator::LessOrEqual => Ok(V::Bool(a <= b)),
        Operator::More => Ok(V::Bool(a > b)),
        Operator::MoreOrEqual => Ok(V::Bool(a >= b)),
        _ => wrong(format!("the two sides of {} do not go together", operator.sign())),
    }
}
