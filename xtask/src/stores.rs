//! Sessions on a server in real databases, which the tests start and stop.

use crate::package::{Built, stage};
use crate::run::{node_test, root, show};
use crate::{debian, npm};
use anyhow::Result;

/// Runs the tests with the packed package and the clients of the lock file, one file after the other: they end processes while
/// others wait for them.
pub fn test(built: &Built) -> Result<()> {
    debian::need(&["redis-server", "postgresql"])?;
    let staged = stage("tests/stores", "stores")?;
    npm::install(&root().join("tests/stores"), &staged)?;
    npm::add(&staged, &built.tarball)?;
    show(node_test().arg("--test-concurrency=1").current_dir(staged))
}
