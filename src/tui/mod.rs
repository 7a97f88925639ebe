//! tui
use crate::series::Exploration;
pub fn run(_: Exploration) -> crate::Result<()> {
    Ok(())
}
