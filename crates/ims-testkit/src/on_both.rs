//! One test body, two engines.

/// Makes of each function two tests, `NAME::sqlite` and `NAME::postgres`.
///
/// The function is handed the URL of a new, empty database. `async` ones run on
/// a multi-threaded tokio of two workers, so the calling crate needs `tokio`
/// among its dev-dependencies; plain ones run as they are. A test may return
/// anything `#[test]` may, and carry attributes and comments.
///
/// ```
/// use ims_testkit::on_both;
///
/// on_both! {
///     /// An address names its engine.
///     async fn names_its_engine(url: &str) {
///         assert!(url.contains(':'));
///     }
///
///     fn may_fail_with_an_error(url: &str) -> Result<(), String> {
///         if url.is_empty() { Err("no address".to_owned()) } else { Ok(()) }
///     }
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! on_both {
    () => {};
    (
        $(#[$about:meta])*
        async fn $name:ident($url:ident: &str) $(-> $answer:ty)? $body:block
        $($rest:tt)*
    ) => {
        $(#[$about])*
        #[cfg(test)]
        async fn $name($url: &str) $(-> $answer)? $body

        #[cfg(test)]
        mod $name {
            #[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() $(-> $answer)? {
                let fresh = $crate::Engine::Sqlite.fresh();
                super::$name(&fresh.url).await
            }

            #[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() $(-> $answer)? {
                let fresh = $crate::Engine::Postgres.fresh();
                super::$name(&fresh.url).await
            }
        }

        $crate::on_both! { $($rest)* }
    };
    (
        $(#[$about:meta])*
        fn $name:ident($url:ident: &str) $(-> $answer:ty)? $body:block
        $($rest:tt)*
    ) => {
        $(#[$about])*
        #[cfg(test)]
        fn $name($url: &str) $(-> $answer)? $body

        #[cfg(test)]
        mod $name {
            #[test]
            fn sqlite() $(-> $answer)? {
                let fresh = $crate::Engine::Sqlite.fresh();
                super::$name(&fresh.url)
            }

            #[test]
            fn postgres() $(-> $answer)? {
                let fresh = $crate::Engine::Postgres.fresh();
                super::$name(&fresh.url)
            }
        }

        $crate::on_both! { $($rest)* }
    };
}
