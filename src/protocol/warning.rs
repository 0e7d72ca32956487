//! Warnings: most are violations of the specification that do not affect security, and are errors under `strict`.

use super::json::{Json, Value};
use crate::error::{Code, Error, Result};
use alloc::vec::Vec;

/// Adds a warning to the `warnings` of an object.
pub fn add(object: &mut Json, warning: &str) {
    join(object, &Vec::from([warning.into()]).into());
}

/// Adds a list of warnings to the `warnings` of an object.
pub fn join(object: &mut Json, others: &Json) {
    let mut warnings = Warnings::new(false, Code::Internal);
    warnings.extend(object.at("warnings"));
    warnings.extend(others);
    object.set("warnings", warnings.into_json());
}

/// The warnings found while a message is read; under `strict` the first one is an error.
#[derive(Debug)]
pub struct Warnings {
    warnings: Json,
    strict: Option<Code>,
}

impl Warnings {
    /// Starts an empty list. Under `strict` a warning is an error with the code `refused`.
    #[must_use]
    pub fn new(strict: bool, refused: Code) -> Self {
        Self { warnings: Vec::new().into(), strict: strict.then_some(refused) }
    }

    /// Adds a warning.
    ///
    /// # Errors
    /// Under `strict`, the code passed to [`Warnings::new`].
    pub fn note(&mut self, warning: &'static str) -> Result<()> {
        if let Some(refused) = self.strict {
            return Err(Error::from_warning(refused, warning));
        }
        self.add_even_if_strict(warning);
        Ok(())
    }

    /// Adds a warning, if it is not there yet, even under `strict`: for cases in which no party violates the
    /// specification, and for those that are refused later: metadata without S256, and registrations with warnings.
    pub fn add_even_if_strict(&mut self, warning: &str) {
        if !self.warnings.lists(warning) {
            self.warnings.push(warning.into());
        }
    }

    /// Reads an array of strings. Other items are left out, with a warning. The result is `null` if `stated` is not an
    /// array, with a warning unless it is missing.
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

    /// Adds the warnings of another list.
    pub fn extend(&mut self, others: &Json) {
        others.list().iter().for_each(|warning| self.add_even_if_strict(warning.str()));
    }

    /// The codes as a JSON array.
    #[must_use]
    pub fn into_json(self) -> Json {
        self.warnings
    }
}

fn is_text(value: &Json) -> bool {
    matches!(value.value(), Some(Value::Text(_)))
}
