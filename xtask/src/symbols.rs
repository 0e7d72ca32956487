//! Names of functions in a WebAssembly module, as the compiler writes them (WebAssembly, appendix "Name Section").

use crate::binary::Bytes;
use anyhow::{Result, bail};
use std::collections::BTreeMap;

/// The crates in the names of a module's functions, each with one such function. C names, such as `memcmp`, contain no
/// crate.
pub fn crates(module: &[u8]) -> Result<BTreeMap<String, String>> {
    let mut crates = BTreeMap::new();
    for function in functions(module)? {
        let name = format!("{:#}", rustc_demangle::demangle(function));
        for (at, _) in name.match_indices("::") {
            let before = &name[..at];
            let word =
                before.rsplit(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default();
            // The first segment of a path is the crate.
            if !word.is_empty() && !before[..at - word.len()].ends_with(':') {
                crates.insert(word.to_owned(), name.clone());
            }
        }
    }
    Ok(crates)
}

fn functions(module: &[u8]) -> Result<Vec<&str>> {
    let mut sections = Bytes::of_module(module)?;
    while !sections.0.is_empty() {
        let (id, mut section) = sections.part()?;
        if id != CUSTOM || section.name()? != "name" {
            continue;
        }
        while !section.0.is_empty() {
            let (id, mut map) = section.part()?;
            if id == FUNCTIONS {
                return (0..map.number()?).map(|_| map.number().and_then(|_| map.name())).collect();
            }
        }
    }
    bail!("the module has no names")
}

const CUSTOM: u8 = 0;
const FUNCTIONS: u8 = 1;

#[cfg(test)]
mod tests {
    use super::crates;

    /// A module that consists only of the names of its functions.
    fn module(names: &[&str]) -> Vec<u8> {
        let sized = |bytes: &[u8]| [&[u8::try_from(bytes.len()).unwrap()], bytes].concat();
        let mut map = vec![u8::try_from(names.len()).unwrap()];
        for (index, name) in (0..).zip(names) {
            map.extend([&[index], sized(name.as_bytes()).as_slice()].concat());
        }
        let section = [sized(b"name"), vec![1], sized(&map)].concat();
        [b"\0asm\x01\0\0\0\0".as_slice(), &sized(&section)].concat()
    }

    fn crates_in(names: &[&str]) -> Vec<String> {
        crates(&module(names)).unwrap().into_keys().collect()
    }

    #[test]
    fn crate_is_the_first_segment_of_a_path() {
        assert_eq!(crates_in(&["_ZN4core3str11validations15next_code_point17ha0834049a8f1f313E"]), ["core"]);
        assert_eq!(crates_in(&["_RNvMNtCs5cOc02OMXlo_5alloc6stringNtB2_6String4push"]), ["alloc"]);
    }

    #[test]
    fn implementation_has_the_crates_of_its_type_and_trait() {
        let name = "_ZN52_$LT$std..io..Stdout$u20$as$u20$core..fmt..Write$GT$9write_str17h0123456789abcdefE";
        assert_eq!(crates_in(&[name]), ["core", "std"]);
    }

    #[test]
    fn c_names_contain_no_crate() {
        assert!(crates_in(&["memcmp", "__multi3"]).is_empty());
    }

    #[test]
    fn module_without_names_is_refused() {
        assert!(crates(b"\0asm\x01\0\0\0").is_err());
        assert!(crates(&module(&["memcmp"])[..20]).is_err());
    }
}
