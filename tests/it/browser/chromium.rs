//! Where are a browser, its driver and what looks for barriers? On the machine, or fetched below `target/` once.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::workshop::{exclusively, folder, run};

/// The release of axe-core (Deque Systems, MPL-2.0) that looks for barriers; nothing of it is shipped.
const AXE: &str = "axe-core@4.14.1";
/// The packages by their names in Debian.
const PACKAGES: [&str; 2] = ["chromium", "chromium-driver"];

/// A browser with what drives it.
pub(super) struct Chromium {
    /// The browser; nothing where the driver finds it by itself.
    pub(super) browser: Option<PathBuf>,
    /// The driver.
    pub(super) driver: PathBuf,
    /// Where their libraries are, beside the usual places.
    pub(super) libraries: Vec<PathBuf>,
}

/// The machine's own, or Debian's packages unpacked below `target/`.
pub(super) fn chromium() -> Chromium {
    if let Some(driver) = on_path("chromedriver") {
        let browser = ["chromium", "chromium-browser", "google-chrome"]
            .into_iter()
            .find_map(on_path);
        return Chromium {
            browser,
            driver,
            libraries: Vec::new(),
        };
    }
    let folder = folder("browser");
    let root = exclusively(&folder, "chromium", || fetched(&folder));
    let libraries = fs::read_dir(root.join("usr/lib"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let libraries: Vec<PathBuf> = libraries
        .filter(|path| path.to_string_lossy().ends_with("-linux-gnu"))
        .collect();
    let inner = libraries.iter().map(|path| path.join("pulseaudio")).collect::<Vec<_>>();
    Chromium {
        browser: Some(root.join("usr/lib/chromium/chromium")),
        driver: root.join("usr/bin/chromedriver"),
        libraries: [libraries, inner].concat(),
    }
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// What is missing of the packages and all that they need, without installing anything: nobody has to be root for it.
fn fetched(folder: &Path) -> PathBuf {
    let root = folder.join("chromium");
    let marker = folder.join("chromium.complete");
    if marker.exists() {
        return root;
    }
    let lacking = || -> ! {
        panic!(
            "this test drives Chromium, and there is none: on Debian `apt-get install {}` (or `apt-get update`, then it is fetched \
            below target/ without being installed), elsewhere put `chromedriver` and its browser on the PATH",
            PACKAGES.join(" ")
        )
    };
    if on_path("apt-get").is_none() || on_path("dpkg").is_none() {
        lacking();
    }
    let plan = Command::new("apt-get")
        .args(["install", "--simulate", "--no-install-recommends"])
        .args(PACKAGES)
        .output()
        .unwrap();
    if !plan.status.success() {
        lacking();
    }
    let plan = String::from_utf8(plan.stdout).unwrap();
    let wanted = plan
        .lines()
        .filter_map(|line| line.strip_prefix("Inst ")?.split(' ').next());
    let packages = folder.join("packages");
    fs::create_dir_all(&packages).unwrap();
    run(Command::new("apt-get")
        .arg("download")
        .args(wanted)
        .current_dir(&packages));
    for package in fs::read_dir(&packages).unwrap() {
        run(Command::new("dpkg").arg("-x").arg(package.unwrap().path()).arg(&root));
    }
    if !root.join("usr/lib/chromium/chromium").is_file() {
        lacking();
    }
    fs::remove_dir_all(packages).unwrap();
    fs::write(marker, "").unwrap();
    root
}

/// The script that looks for barriers.
pub(super) fn axe() -> String {
    let folder = folder("browser");
    let script = folder.join("node_modules/axe-core/axe.min.js");
    exclusively(&folder, "axe", || {
        let is_there = fs::read_to_string(folder.join("node_modules/axe-core/package.json"))
            .is_ok_and(|about| about.contains(&format!("\"version\": \"{}\"", AXE.rsplit('@').next().unwrap())));
        if !is_there {
            assert!(
                on_path("npm").is_some(),
                "this test looks for barriers with {AXE} and fetches it with npm, which is not on the PATH: on Debian `apt-get install npm`"
            );
            run(Command::new("npm")
                .args([
                    "install",
                    "--no-save",
                    "--no-audit",
                    "--no-fund",
                    "--ignore-scripts",
                    AXE,
                    "--prefix",
                ])
                .arg(&folder));
        }
    });
    fs::read_to_string(script).unwrap()
}
