//! Tests of server-side sessions in real databases, which the tests start and stop.

use crate::package::{Built, stage};
use crate::run::{node_test, root, show};
use crate::{debian, npm};
use anyhow::Result;

/// Runs the tests with the packed package and the database clients of the lock file. One file runs at a time, because
/// some tests depend on time limits, and `speed.test.mjs` measures times.
pub fn test(built: &Built) -> Result<()> {
    debian::ensure_installed(&["redis-server", "postgresql"])?;
    let staged = stage("tests/stores", "stores")?;
    npm::install(&root().join("tests/stores"), &staged)?;
    npm::add(&staged, &built.tarball)?;
    show(node_test().arg("--test-concurrency=1").current_dir(staged))
}
