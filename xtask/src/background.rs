//! A command that runs in the background.

use crate::cache::work_directory;
use anyhow::{Context, Result, bail};
use std::cell::RefCell;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command};

/// A running command. Its output is printed when it has ended.
pub struct Background {
    child: RefCell<Child>,
    program: String,
    output: PathBuf,
}

impl Background {
    /// Starts a command, and writes its output to a file of this name.
    pub fn start(name: &str, mut command: Command) -> Result<Background> {
        let output = work_directory("output")?.join(name);
        let file = File::create(&output)?;
        let child = command.stdout(file.try_clone()?).stderr(file).spawn();
        let program = command.get_program().display().to_string();
        let child = RefCell::new(child.with_context(|| format!("cannot start {program}"))?);
        Ok(Background { child, program, output })
    }

    /// Waits until the command has ended, and prints its output.
    ///
    /// # Errors
    /// The command failed.
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
    /// Stops the command if the run ends early.
    fn drop(&mut self) {
        let _ = self.child.get_mut().kill();
    }
}
