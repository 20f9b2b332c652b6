//! The table of broken twins and what catches them, for both models.

/// Makes a test of each twin: the program, run with it, ends with the verdict. `of` says what of the twin's module the
/// programs name, if it is not `Twin` alone.
#[macro_export]
macro_rules! caught {
    (of $kits:tt; $($twin:ident: $program:expr => $verdict:pat,)*) => {$(
        #[test]
        fn $twin() {
            #[allow(unused_imports, reason = "a program uses one of them")]
            use $crate::twins::$twin::$kits;
            let verdict = $crate::caught($program);
            assert!(matches!(verdict, $verdict), "{verdict}");
        }
    )*};
    ($($twin:ident: $program:expr => $verdict:pat,)*) => {
        $crate::caught! { of {Twin}; $($twin: $program => $verdict,)* }
    };
}
