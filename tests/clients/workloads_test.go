package clients

import (
	"fmt"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	memory "k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/scale"
)

func deployment(name string, replicas int32) *appsv1.Deployment {
	labels := map[string]string{"app": name}
	return &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: appsv1.DeploymentSpec{
		Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: pod(name).Spec},
	}}
}

// Plays the kubelet: what is not ready becomes it.
func makeReady(t *testing.T, c kubernetes.Interface, ns string) {
	list, err := c.CoreV1().Pods(ns).List(ctx(t), metav1.ListOptions{})
	must(t, err)
	for _, p := range list.Items {
		if p.DeletionTimestamp != nil {
			_ = c.CoreV1().Pods(ns).Delete(ctx(t), p.Name, metav1.DeleteOptions{GracePeriodSeconds: ptr(int64(0))})
			continue
		}
		if p.Status.Phase == "Running" {
			continue
		}
		p.Status.Phase = "Running"
		p.Status.PodIP = "10.42.9.9"
		p.Status.PodIPs = []corev1.PodIP{{IP: "10.42.9.9"}}
		p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: "Ready", Status: "True", LastTransitionTime: metav1.Now()})
		_, _ = c.CoreV1().Pods(ns).UpdateStatus(ctx(t), &p, metav1.UpdateOptions{})
	}
}

func TestDeploymentsAsRolloutStatusWants(t *testing.T) {
	ns := space(t)
	c := clientset(t)
	d := c.AppsV1().Deployments(ns)
	made, err := d.Create(ctx(t), deployment("web", 3), metav1.CreateOptions{})
	must(t, err)
	if made.Generation != 1 || *made.Spec.ProgressDeadlineSeconds != 600 || *made.Spec.RevisionHistoryLimit != 10 || made.Spec.Strategy.RollingUpdate.MaxSurge.String() != "25%" {
		t.Errorf("%+v", made.Spec)
	}
	complete := func(what string, replicas int32) *appsv1.Deployment {
		t.Helper()
		var got *appsv1.Deployment
		eventually(t, what, func() (bool, error) {
			makeReady(t, c, ns)
			got, err = d.Get(ctx(t), "web", metav1.GetOptions{})
			must(t, err)
			s := got.Status
			return s.ObservedGeneration == got.Generation && s.UpdatedReplicas == replicas && s.Replicas == replicas && s.AvailableReplicas == replicas, fmt.Errorf("%+v", s)
		})
		return got
	}
	got := complete("web is complete", 3)
	conditions := func() map[string]string {
		m := map[string]string{}
		for _, c := range got.Status.Conditions {
			m[string(c.Type)] = string(c.Status) + " " + c.Reason
		}
		return m
	}
	eventually(t, "the conditions say so", func() (bool, error) {
		got, err = d.Get(ctx(t), "web", metav1.GetOptions{})
		must(t, err)
		m := conditions()
		return m["Progressing"] == "True NewReplicaSetAvailable" && m["Available"] == "True MinimumReplicasAvailable", fmt.Errorf("%v", m)
	})
	if got.Annotations["deployment.kubernetes.io/revision"] != "1" {
		t.Errorf("%v", got.Annotations)
	}
	got.Spec.Template.Spec.Containers[0].Image = "example.org/c:2"
	_, err = d.Update(ctx(t), got, metav1.UpdateOptions{})
	must(t, err)
	got = complete("the second version is complete", 3)
	if got.Annotations["deployment.kubernetes.io/revision"] != "2" || got.Generation != 2 {
		t.Errorf("%v %d", got.Annotations, got.Generation)
	}
	sets, err := c.AppsV1().ReplicaSets(ns).List(ctx(t), metav1.ListOptions{})
	must(t, err)
	if len(sets.Items) != 2 {
		t.Errorf("%d sets", len(sets.Items))
	}
	for _, s := range sets.Items {
		if s.Labels["pod-template-hash"] == "" || !strings.HasSuffix(s.Name, s.Labels["pod-template-hash"]) || len(s.OwnerReferences) != 1 || !*s.OwnerReferences[0].Controller {
			t.Errorf("%+v", s.ObjectMeta)
		}
		if s.Annotations["deployment.kubernetes.io/desired-replicas"] != "3" || s.Annotations["deployment.kubernetes.io/max-replicas"] != "4" {
			t.Errorf("%v", s.Annotations)
		}
	}
	// Scale, by the sub-resource and by the scale client.
	sc, err := d.GetScale(ctx(t), "web", metav1.GetOptions{})
	must(t, err)
	if sc.Spec.Replicas != 3 || sc.Status.Selector != "app=web" || sc.Status.Replicas != 3 {
		t.Errorf("%+v", sc)
	}
	sc.Spec.Replicas = 1
	_, err = d.UpdateScale(ctx(t), "web", sc, metav1.UpdateOptions{})
	must(t, err)
	complete("one is left", 1)
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(c.Discovery()))
	scales, err := scale.NewForConfig(config(t), mapper, dynamic.LegacyAPIPathResolverFunc, scale.NewDiscoveryScaleKindResolver(c.Discovery()))
	must(t, err)
	gr := schema.GroupResource{Group: "apps", Resource: "deployments"}
	s2, err := scales.Scales(ns).Get(ctx(t), gr, "web", metav1.GetOptions{})
	must(t, err)
	s2.Spec.Replicas = 2
	_, err = scales.Scales(ns).Update(ctx(t), gr, s2, metav1.UpdateOptions{})
	must(t, err)
	complete("two are there", 2)
	_, err = scales.Scales(ns).Patch(ctx(t), gr.WithVersion("v1"), "web", types.MergePatchType, []byte(`{"spec":{"replicas":-1}}`), metav1.PatchOptions{})
	if !apierrors.IsInvalid(err) {
		t.Errorf("negative scale: %v", err)
	}
	// A rollout that is paused, and undone by its selector being immutable.
	got, err = d.Patch(ctx(t), "web", types.StrategicMergePatchType, []byte(`{"spec":{"paused":true}}`), metav1.PatchOptions{})
	must(t, err)
	eventually(t, "it is paused", func() (bool, error) {
		got, err = d.Get(ctx(t), "web", metav1.GetOptions{})
		must(t, err)
		return conditions()["Progressing"] == "Unknown DeploymentPaused" && got.Status.ObservedGeneration == got.Generation, fmt.Errorf("%v", conditions())
	})
	got.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"x": "y"}}
	_, err = d.Update(ctx(t), got, metav1.UpdateOptions{})
	if !apierrors.IsInvalid(err) {
		t.Errorf("other selector: %v", err)
	}
}
