//! Warnings: violations of the specification that do not affect security; under `strict` they are errors.

use super::json::{Json, Value};
use crate::error::{Code, Error, Result};
use alloc::vec::Vec;

/// Notes an oddity among the `warnings` of an object.
pub fn add(object: &mut Json, warning: &str) {
    join(object, &Vec::from([warning.into()]).into());
}

/// Notes those of a list among the `warnings` of an object.
pub fn join(object: &mut Json, others: &Json) {
    let mut warnings = Warnings::new(false, Code::Internal);
    warnings.extend(object.at("warnings"));
    warnings.extend(others);
    object.set("warnings", warnings.into_json());
}

/// The codes of the oddities met while reading something; under `strict` the first is an error.
#[derive(Debug)]
pub struct Warnings {
    found: Json,
    strict: Option<Code>,
}

impl Warnings {
    /// Collects; with `strict`, refuses with that code instead.
    #[must_use]
    pub fn new(strict: bool, refused: Code) -> Self {
        Self { found: Vec::new().into(), strict: strict.then_some(refused) }
    }

    /// Notes an oddity.
    ///
    /// # Errors
    /// The code given to [`Warnings::new`] under `strict`.
    pub fn note(&mut self, warning: &'static str) -> Result<()> {
        if let Some(refused) = self.strict {
            return Err(Error::warned(refused, warning));
        }
        self.keep(warning);
        Ok(())
    }

    /// Notes an oddity, once, whatever `strict` says: nobody is at fault.
    pub fn keep(&mut self, warning: &str) {
        if !self.found.lists(warning) {
            self.found.push(warning.into());
        }
    }

    /// Reads a list of texts, and notes where it is something else: what is in it that is no text is left out; `null` where
    /// it is no list.
    ///
    /// # Errors
    /// As [`Warnings::note`].
    pub fn texts(&mut self, stated: &Json, warning: &'static str) -> Result<Json> {
        let texts: Vec<Json> = stated.list().iter().filter(|text| is_text(text)).cloned().collect();
        let is_list = matches!(stated.value(), Some(Value::List(_)));
        if texts.len() < stated.list().len() || !(is_list || stated.is_null()) {
            self.note(warning)?;
        }
        Ok(if is_list { texts.into() } else { Json::NULL })
    }

    /// Notes those of another list.
    pub fn extend(&mut self, others: &Json) {
        others.list().iter().for_each(|warning| self.keep(warning.str()));
    }

    /// The codes as a JSON array.
    #[must_use]
    pub fn into_json(self) -> Json {
        self.found
    }
}

fn is_text(value: &Json) -> bool {
    matches!(value.value(), Some(Value::Text(_)))
}
