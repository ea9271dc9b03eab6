//! Secrets that could not be had, as far as that can be told without a run.

use scn_interpreter::Environment;
use scn_interpreter::environment::SecretFrom;

/// Those of an environment: each with why. A program that would give one is not started for it.
pub fn missing(environment: &Environment) -> Vec<(&str, String)> {
    let all = environment.secrets.iter();
    let missing = all.filter_map(|(name, secret)| match &secret.from {
        // As a run has it: one that is set to nothing is had.
        SecretFrom::Env(variable) => std::env::var_os(variable).is_none().then(|| {
            (
                name.as_str(),
                format!("the environment variable {variable} is not set"),
            )
        }),
        SecretFrom::File(path) => {
            let error = std::fs::File::open(environment.root.join(path)).err()?;
            let reason = crate::terminal::reason(&error);
            Some((name.as_str(), format!("{path} cannot be read: {reason}")))
        }
        SecretFrom::Command(_) => None,
    });
    missing.collect()
}
