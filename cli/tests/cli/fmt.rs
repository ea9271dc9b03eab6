//! `scn fmt`

use crate::support::Test;

const UGLY: &str = "if true\necho   a # why\nend\n";
const NEAT: &str = "if true\n  echo a # why\nend\n";

#[test]
fn a_file_is_put_into_the_style_in_place() {
    let came = Test::new(&["fmt", "a.scn"]).file("a.scn", UGLY).run();
    let text = std::fs::read_to_string(came.folder.path().join("a.scn")).unwrap();
    assert_eq!(text, NEAT);
    assert_eq!(std::fs::read_dir(came.folder.path()).unwrap().count(), 1);
}

#[test]
fn a_check_names_what_is_not_in_the_style_and_changes_nothing() {
    let came = Test::new(&["fmt", "--check", "a.scn", "b.scn"])
        .file("a.scn", UGLY)
        .file("b.scn", NEAT)
        .stderr("error: a.scn is not in the style: `scn fmt a.scn` writes it so\n")
        .status(1)
        .run();
    let text = std::fs::read_to_string(came.folder.path().join("a.scn")).unwrap();
    assert_eq!(text, UGLY);
}

#[test]
fn standard_input_is_printed() {
    Test::new(&["fmt", "-"]).stdin(UGLY).stdout(NEAT).run();
}

#[test]
fn what_cannot_be_read_stays_as_it_is() {
    let came = Test::new(&["fmt", "a.scn", "b.scn"])
        .file("a.scn", "echo 'x\n")
        .file("b.scn", UGLY)
        .stderr_matches(r"a\.scn:1:6")
        .status(2)
        .run();
    let text = |name| std::fs::read_to_string(came.folder.path().join(name)).unwrap();
    assert_eq!(text("a.scn"), "echo 'x\n");
    assert_eq!(text("b.scn"), NEAT);
}

#[test]
fn a_link_stays_one_and_rights_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let test = Test::new(&["fmt", "link.scn"]).file("a.scn", UGLY);
    let path = test.path();
    symlink("a.scn", path.join("link.scn")).unwrap();
    std::fs::set_permissions(path.join("a.scn"), PermissionsExt::from_mode(0o640)).unwrap();
    let came = test.run();
    let path = came.folder.path();
    assert!(path.join("link.scn").is_symlink());
    assert_eq!(std::fs::read_to_string(path.join("a.scn")).unwrap(), NEAT);
    let mode = std::fs::metadata(path.join("a.scn"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);
}
