//! Pages that are made from the program.

use std::path::Path;

/// Checks that `page`, a path in the project, reads `expected`. Otherwise the right text is written below `target/`,
/// ready to be copied.
#[track_caller]
pub(crate) fn same_as_page(page: &str, expected: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = std::fs::read_to_string(root.join(page)).unwrap_or_default();
    if found == expected {
        return;
    }
    let renewed = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("docs");
    std::fs::create_dir_all(&renewed).unwrap();
    let renewed = renewed.join(Path::new(page).file_name().unwrap());
    std::fs::write(&renewed, expected).unwrap();
    let line = found.lines().zip(expected.lines()).position(|(one, other)| one != other);
    let line = line.unwrap_or_else(|| found.lines().count().min(expected.lines().count())) + 1;
    panic!(
        "{page} differs from the program from line {line} on; the right text:\n  cp {} {page}",
        renewed.display()
    );
}
