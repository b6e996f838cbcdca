//! Which images may run: by digest from an allowed registry, or built on this machine.

use archway_core::labs::{DockerRecipe, Failure, Progress};
use bollard::Docker;
use bollard::query_parameters::CreateImageOptionsBuilder;
use futures_util::TryStreamExt as _;

use super::engine::{is_status, said};
use crate::error::failure;

/// An image as the catalogue names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named<'a> {
    /// `registry/name@sha256:...`.
    Remote { registry: &'a str },
    /// `name:tag` of an image that was built here.
    Local,
}

fn named(image: &str) -> Result<Named<'_>, String> {
    let Some((name, digest)) = image.split_once('@') else {
        return match image.rsplit_once(':') {
            Some((name, tag)) if !name.is_empty() && !tag.is_empty() && !tag.contains('/') => {
                Ok(Named::Local)
            }
            _ => Err(format!("`{image}` is neither `name:tag` nor `registry/name@sha256:...`")),
        };
    };
    let hex = digest.strip_prefix("sha256:").unwrap_or_default();
    let whole = hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    let registry = name.split_once('/').map(|(registry, _)| registry);
    match registry.filter(|registry| whole && (registry.contains('.') || registry.contains(':'))) {
        Some(registry) => Ok(Named::Remote { registry }),
        None => Err(format!("`{image}` is not `registry/name@sha256:` and 64 hexadecimal digits")),
    }
}

/// Why an image may not run, as far as its name tells.
pub(super) fn refused(image: &str, registries: &[String]) -> Option<String> {
    match named(image) {
        Err(words) => Some(words),
        Ok(Named::Local) => None,
        Ok(Named::Remote { registry }) if registries.iter().any(|allowed| allowed == registry) => {
            None
        }
        Ok(Named::Remote { registry }) => Some(format!(
            "its image comes from `{registry}`, which is not one of the allowed registries; the operator can add it to docker.registries"
        )),
    }
}

/// Fetches an image by its digest, or sees that one that is built here is there.
pub(super) async fn make_ready(
    docker: &Docker,
    recipe: &DockerRecipe,
    registries: &[String],
    progress: &dyn Progress,
) -> Result<(), Failure> {
    if let Some(words) = refused(&recipe.image, registries) {
        return Err(failure(words));
    }
    match docker.inspect_image(&recipe.image).await {
        Ok(_) => return pinned(docker, recipe, registries).await.map(drop),
        Err(error) if is_status(&error, 404) => {}
        Err(error) => return Err(said(&error)),
    }
    if named(&recipe.image) == Ok(Named::Local) {
        return Err(missing(recipe));
    }
    progress.says(&format!("fetching the image {}", recipe.image));
    let options = CreateImageOptionsBuilder::new().from_image(&recipe.image).build();
    let mut steps = Box::pin(docker.create_image(Some(options), None, None));
    while let Some(step) = steps.try_next().await.map_err(|error| said(&error))? {
        if let (Some(id), Some(words)) = (step.id, step.status) {
            progress.says(&format!("{id}: {words}"));
        }
    }
    Ok(())
}

/// The id of the image that a container is made from: what the name stands for at this moment.
pub(super) async fn pinned(
    docker: &Docker,
    recipe: &DockerRecipe,
    registries: &[String],
) -> Result<String, Failure> {
    if let Some(words) = refused(&recipe.image, registries) {
        return Err(failure(words));
    }
    let image = match docker.inspect_image(&recipe.image).await {
        Err(error) if is_status(&error, 404) => return Err(missing(recipe)),
        other => other.map_err(|error| said(&error))?,
    };
    let pulled = image.repo_digests.is_some_and(|digests| !digests.is_empty());
    if pulled && named(&recipe.image) == Ok(Named::Local) {
        return Err(failure(format!(
            "the image `{}` was not built on this machine; the catalogue names such an image by its digest",
            recipe.image
        )));
    }
    image.id.ok_or_else(|| failure(format!("the Docker Engine gives no id for `{}`", recipe.image)))
}

fn missing(recipe: &DockerRecipe) -> Failure {
    let how = match &recipe.recipe {
        Some(script) => format!("build it once: `sudo {script}`"),
        None => "its application names no recipe to build it".to_owned(),
    };
    failure(format!("the image `{}` is not on this machine; {how}", recipe.image))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digests_of_allowed_registries_and_images_built_here_may_run() {
        let digest = "0".repeat(64);
        let allowed = ["registry.example.org".to_owned()];
        let cases = [
            ("archway/jupyterlab:v1".to_owned(), true),
            (format!("registry.example.org/a/b@sha256:{digest}"), true),
            (format!("evil.example/a/b@sha256:{digest}"), false),
            (format!("registry.example.org.evil.example/a@sha256:{digest}"), false),
            (format!("registry.example.org/a/b@sha256:{}", &digest[1..]), false),
            (format!("library/a@sha256:{digest}"), false),
            ("registry.example.org/a/b".to_owned(), false),
            ("latest".to_owned(), false),
            (":v1".to_owned(), false),
            (String::new(), false),
        ];
        for (image, may) in cases {
            assert_eq!(refused(&image, &allowed).is_none(), may, "case: {image}");
        }
    }
}
