//! A command that runs beside others.

use crate::cache::workplace;
use anyhow::{Context, Result, bail};
use std::cell::RefCell;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command};

/// Its output is shown when it has ended.
pub struct Background {
    child: RefCell<Child>,
    program: String,
    output: PathBuf,
}

impl Background {
    /// Starts a command, with its output in a file of this name.
    pub fn start(name: &str, mut command: Command) -> Result<Background> {
        let output = workplace("output")?.join(name);
        let file = File::create(&output)?;
        let child = command.stdout(file.try_clone()?).stderr(file).spawn();
        let program = command.get_program().display().to_string();
        let child = RefCell::new(child.with_context(|| format!("cannot start {program}"))?);
        Ok(Background { child, program, output })
    }

    /// Waits for its end.
    pub fn finish(&self) -> Result<()> {
        let status = self.child.borrow_mut().wait()?;
        print!("{}", String::from_utf8_lossy(&fs::read(&self.output)?));
        if !status.success() {
            bail!("{} failed: {status}", self.program);
        }
        Ok(())
    }
}

impl Drop for Background {
    /// A run that ends early leaves no tests behind.
    fn drop(&mut self) {
        let _ = self.child.get_mut().kill();
    }
}
