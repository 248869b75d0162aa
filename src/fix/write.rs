//! Writes what was fixed: all files or none.

use std::io;
use std::path::PathBuf;

use super::Fixed;
use crate::fs::{self, Fs};

/// Why nothing was written, or what could not be undone. Sentences for the user.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file is no longer what was judged.
    #[error("`{}` has changed while it was being looked at, so nothing was written", path.display())]
    ChangedMeanwhile {
        /// The file.
        path: PathBuf,
    },
    /// A file could not be written; those before it are as they were.
    #[error("`{}` cannot be written: {}; all files are as they were", path.display(), fs::why(error))]
    Failed {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A file could not be written, and others could not be put back.
    #[error(
        "`{}` cannot be written: {}; these files are changed and could not be put back: {}",
        path.display(),
        fs::why(error),
        changed.iter().map(|p| format!("`{}`", p.display())).collect::<Vec<_>>().join(", ")
    )]
    Torn {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
        /// The files that have their new text.
        changed: Vec<PathBuf>,
    },
}

impl Fixed {
    /// Writes every changed file, each atomically; after a failure, those that were written get their old text back.
    pub fn write(&self, disk: &dyn Fs) -> Result<(), WriteError> {
        for file in &self.files {
            let same = disk.read(&file.real, u64::MAX).is_ok_and(|bytes| bytes == file.before.as_bytes());
            // Where the link leads elsewhere by now, the file is not the one that was asked for.
            let there = disk.canonicalize(&file.path).is_ok_and(|real| real == file.real);
            if !same || !there {
                return Err(WriteError::ChangedMeanwhile { path: file.path.clone() });
            }
        }
        for (index, file) in self.files.iter().enumerate() {
            let Err(error) = disk.write_atomic(&file.real, file.after.as_bytes()) else { continue };
            let written = self.files.iter().take(index);
            let left = written.filter(|f| disk.write_atomic(&f.real, f.before.as_bytes()).is_err());
            let changed: Vec<PathBuf> = left.map(|f| f.path.clone()).collect();
            let path = file.path.clone();
            return Err(if changed.is_empty() { WriteError::Failed { path, error } } else { WriteError::Torn { path, error, changed } });
        }
        Ok(())
    }
}
