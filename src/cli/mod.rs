//! cli
use crate::series::Exploration;
pub fn run(_explore: impl FnOnce(Exploration) -> crate::Result<()>) -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
